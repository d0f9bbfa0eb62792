import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BACKEND, type Edit, type Place, type RunningProxy, running, type StartProxy } from './proxy.ts';
import { changed, text, tool } from './tools.ts';

/** What of Traefik's dynamic file the tests look at. */
export interface DynamicFile {
  http: {
    routers?: Record<string, object>;
    services?: Record<string, { loadBalancer?: { strategy?: string } }>;
  };
}

/** Traefik on the files that are shipped for it. */
export const startTraefik: StartProxy = (port, backend, edit = (source) => source) => {
  const shipped = changed(text('deploy/traefik/dynamic.yaml'), BACKEND, backend);
  const services = changed(shipped, '        certResolver: letsencrypt\n', '        options: default\n');
  return running(port, (place) => traefik(place, services, edit));
};

/**
 * Traefik on the labels of a container, which say in one line each what its files say nested.
 *
 * @param servers URLs of the replicas, which Traefik would learn from Docker
 */
export function startOnLabels(
  labels: Record<string, string>,
  port: number,
  servers: readonly string[],
): Promise<RunningProxy> {
  const services = JSON.stringify(nested(labels, servers));
  return running(port, (place) => traefik(place, services, (source) => source));
}

/** Labels as a file of Traefik's has them: `traefik.http.a.b: c` is `http: { a: { b: c } }`. */
export function nested(labels: Record<string, string>, servers: readonly string[]): DynamicFile {
  const file: Record<string, unknown> = {};
  for (const [label, value] of Object.entries(labels)) {
    const [, ...path] = label.split('.');
    if (path[0] !== 'http' || path.at(-1) === 'certResolver') continue;
    const port = path.at(-1) === 'port';
    const [keys, last] = port ? [path.slice(0, -2), 'servers'] : [path.slice(0, -1), path.at(-1) ?? ''];
    let place = file;
    for (const key of keys) {
      place[key] ??= {};
      place = place[key] as Record<string, unknown>;
    }
    place[last] = port ? servers.map((url) => ({ url })) : last === 'entryPoints' ? value.split(',') : value;
  }
  const { http } = file as unknown as DynamicFile;
  for (const [name, router] of Object.entries(http.routers ?? {}))
    Object.assign(router, { service: name, tls: {} });
  return { http };
}

/** Traefik with the static file that is shipped, and these routers and services. */
function traefik({ dir, port, cert, key }: Place, services: string, edit: Edit): ChildProcess {
  mkdirSync(join(dir, 'dynamic'));
  writeFileSync(join(dir, 'dynamic/services.yaml'), services);
  const tls = `tls:\n  certificates:\n    - certFile: ${cert}\n      keyFile: ${key}\n`;
  writeFileSync(join(dir, 'dynamic/certificate.yaml'), tls);
  let fixed = changed(edit(text('deploy/traefik/traefik.yaml')), '":443"', `"127.0.0.1:${port}"`);
  fixed = changed(fixed, '":80"', '"127.0.0.1:0"');
  fixed = changed(fixed, 'filename: /etc/traefik/dynamic.yaml', `directory: ${dir}/dynamic`);
  // There is no Docker to ask, and no authority to get a certificate from.
  fixed = fixed.replace(/\n {2}# Services that say[^\n]*\n {2}docker:\n {4}[^\n]*/, '');
  fixed = fixed.replace(/\ncertificatesResolvers:\n( [^\n]*\n)+/, '\n');
  writeFileSync(join(dir, 'traefik.yaml'), fixed);
  return spawn(tool('traefik'), [`--configFile=${join(dir, 'traefik.yaml')}`], { env: { HOME: dir } });
}
