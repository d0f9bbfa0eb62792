import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { Agent, fetch as undiciFetch } from 'undici';
import { onTestFinished } from 'vitest';
import { changed, folder, text, tool } from './tools.ts';

/** The name that the files of deploy/ serve. */
const NAME = 'mcp.example.com';
/** The server's address in them. */
export const BACKEND = '127.0.0.1:8000';

/** A running proxy, and a `fetch` that finds it under its name and trusts its certificate. */
export interface RunningProxy {
  /** `https://mcp.example.com:port` */
  url: string;
  fetch: typeof fetch;
  /** The same from another address of this machine: `127.0.0.9`. */
  fetchFrom(address: string): typeof fetch;
}

/** Changes a shipped file further, to show what a line of it does. */
export type Edit = (source: string) => string;

/**
 * Starts a real proxy with the file that deploy/ ships for it, changed only in what belongs to a machine: ports,
 * certificate, paths. Ended when the test is over.
 *
 * @param backend `host:port` of the server behind it
 */
export type StartProxy = (port: number, backend: string, edit?: Edit) => Promise<RunningProxy>;

/** What a proxy needs of the machine. */
export interface Place {
  dir: string;
  port: number;
  cert: string;
  key: string;
}

/** The proxies that are Debian packages. */
export const startNginx: StartProxy = (port, backend, edit = (source) => source) =>
  running(port, (place) => nginx(place, backend, edit));
export const startCaddy: StartProxy = (port, backend, edit = (source) => source) =>
  running(port, (place) => caddy(place, backend, edit));

/** A proxy that serves `https://mcp.example.com` on that port, as soon as it and the server behind it answer. */
export async function running(port: number, begin: (place: Place) => ChildProcess): Promise<RunningProxy> {
  const dir = folder();
  const pems = await generate([{ name: 'commonName', value: NAME }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: NAME }] }],
  });
  const cert = join(dir, 'cert.pem');
  const key = join(dir, 'key.pem');
  writeFileSync(cert, pems.cert);
  writeFileSync(key, pems.private);
  const child = begin({ dir, port, cert, key });
  const said = listen(child);
  onTestFinished(() => stopped(child));
  const fetchFrom = (address?: string) => fetchVia(port, pems.cert, address);
  const proxy = { url: `https://${NAME}:${port}`, fetch: fetchFrom(), fetchFrom };
  await reachable(proxy, child, said);
  return proxy;
}

function nginx({ dir, port, cert, key }: Place, backend: string, edit: Edit): ChildProcess {
  let site = changed(edit(text('deploy/nginx.conf')), 'listen 443 ssl', `listen 127.0.0.1:${port} ssl`);
  site = changed(site, BACKEND, backend);
  site = changed(site, '/etc/ssl/mcp.example.com/fullchain.pem', cert);
  site = changed(site, '/etc/ssl/mcp.example.com/privkey.pem', key);
  writeFileSync(join(dir, 'site.conf'), site);
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${dir}/${kind};`)
    .join(' ');
  const main = `pid ${dir}/pid; error_log stderr warn; worker_processes 1; user root; daemon off;
    events { worker_connections 256; }
    http { access_log off; ${temp} include ${dir}/site.conf; }`;
  writeFileSync(join(dir, 'nginx.conf'), main);
  return spawn(tool('nginx'), ['-p', dir, '-c', join(dir, 'nginx.conf')]);
}

function caddy({ dir, port, cert, key }: Place, backend: string, edit: Edit): ChildProcess {
  let site = changed(
    edit(text('deploy/Caddyfile')),
    `\n${NAME} {`,
    `\n${NAME}:${port} {\n\ttls ${cert} ${key}`,
  );
  site = changed(site, BACKEND, backend);
  const options = '{\n\tadmin off\n\tauto_https off\n}\n';
  writeFileSync(join(dir, 'Caddyfile'), `${options}${site}`);
  const env = { PATH: process.env.PATH ?? '', HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir };
  return spawn(tool('caddy'), ['run', '--config', join(dir, 'Caddyfile'), '--adapter', 'caddyfile'], { env });
}

function listen(child: ChildProcess): () => string {
  let said = '';
  child.stdout?.on('data', (part) => (said += part));
  child.stderr?.on('data', (part) => (said += part));
  return () => said;
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    // nginx has workers to end first; the others would wait for their open streams.
    child.kill(child.spawnfile.endsWith('nginx') ? 'SIGTERM' : 'SIGKILL');
  });
}

function fetchVia(port: number, ca: string, from?: string): typeof fetch {
  const connect = { ca, servername: NAME, host: '127.0.0.1', port } as const;
  const dispatcher = new Agent({
    connect: {
      ...connect,
      // Who comes from an address of their own is asked for one to go to, not for all of them.
      lookup: (_name, { all }, found) =>
        all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4),
    },
    bodyTimeout: 0,
    ...(from !== undefined && { localAddress: from }),
  });
  onTestFinished(() => dispatcher.destroy());
  return ((url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
}

/** Waits until the proxy and the server behind it answer. */
async function reachable(proxy: RunningProxy, child: ChildProcess, said: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) break;
    const answer = await proxy.fetch(`${proxy.url}/healthz`).catch(() => undefined);
    await answer?.text();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the proxy does not answer: ${said()}`);
}
