// What the benchmarks share: child processes, clients that cost little, and numbers.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { Pool } from 'undici';

const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts a program of the project's and resolves with what `pattern` finds in its output. */
export function start(args, env = {}, pattern = /"url":"([^"]+)"/) {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (part) => {
      text += part;
      const found = text.match(pattern);
      if (found) resolve({ child, found, text });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} exited with ${code}: ${text}`)));
  });
}

/** A served simulated cluster, and a server in front of it that keeps its state in a folder of its own. */
export async function house({ simulate = [], env = {} } = {}) {
  const cluster = await start(['dist/cli.js', 'simulate', ...simulate], {}, /^\{.*\}$/m);
  const ready = JSON.parse(cluster.found[0]);
  const stateDir = mkdtempSync(join(tmpdir(), 'proxmox-mcp-state-'));
  const server = await start(['dist/cli.js', '--transport', 'http', '--port', '0'], {
    PROXMOX_URL: ready.url,
    PROXMOX_TOKEN_ID: ready.tokenId,
    PROXMOX_PASSWORD: ready.tokenSecret,
    PROXMOX_FINGERPRINT: ready.fingerprint,
    MCP_STATE_DIR: stateDir,
    ...env,
  });
  server.child.once('exit', () => rmSync(stateDir, { recursive: true, force: true }));
  const stop = () => {
    server.child.kill();
    cluster.child.kill();
  };
  return { ready, url: server.found[1], pid: server.child.pid, stop };
}

/** One of our TypeScript files and all it uses as a script in `folder`, because Node 20 reads no TypeScript. */
export async function bundled(entry, folder) {
  const outfile = join(folder, `${basename(entry, '.ts')}.mjs`);
  await build({
    ...{ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' },
    ...{ logLevel: 'warning', nodePaths: [resolve('node_modules')] },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return outfile;
}

/** Runs a script that prints one JSON value, where the garbage collector can be called. */
export async function runJson(script, env = {}) {
  const options = { env: { PATH: process.env.PATH, ...env }, maxBuffer: 64 * 2 ** 20 };
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script], options);
  return JSON.parse(stdout);
}

/** Proxmox without us: undici, with the login of a served simulated cluster. */
export function bareClient({ url, tokenId, tokenSecret }) {
  const pool = new Pool(url, { connections: 1, pipelining: 1, connect: { rejectUnauthorized: false } });
  const authorization = `PVEAPIToken=${tokenId}=${tokenSecret}`;
  const request = async (method, path, form) => {
    const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const headers = { authorization, ...type };
    const { body } = await pool.request({ method, path: `/api2/json${path}`, headers, body: form });
    return JSON.parse(await body.text());
  };
  return {
    get: (path) => request('GET', path),
    put: (path, form) => request('PUT', path, form),
    close: () => pool.destroy(),
  };
}

/** Resident memory of a process, in MiB. */
export function rss(pid) {
  const kib = Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);
  return kib / 1024;
}

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

export const median = (values) => quantile(values, 0.5);

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

let lastId = 0;
const request = (method, params) => ({ jsonrpc: '2.0', id: ++lastId, method, params });
const initialize = (protocolVersion) =>
  request('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'bench', version: '1' } });
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };

function poster(url, connections) {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const post = async (path, message, headers = JSON_HEADERS) => {
    const { body, headers: got } = await pool.request({
      method: 'POST',
      path,
      headers,
      body: JSON.stringify(message),
    });
    return { text: await body.text(), headers: got };
  };
  return { post, close: () => pool.destroy() };
}

/**
 * Clients of the wire itself, so that the figures are the server's and not a client library's. Each resolves with a
 * function that makes one tool call and resolves with its result.
 */
export const clients = {
  async echo(url, connections) {
    const { post, close } = poster(url, connections);
    return {
      call: async (name, args) =>
        JSON.parse((await post('/', request('tools/call', { name, arguments: args }))).text).result,
      close,
    };
  },
  async streamable(url, connections) {
    const { post, close } = poster(url, connections);
    const { headers: got } = await post('/mcp', initialize('2025-11-25'));
    const headers = { ...JSON_HEADERS, 'mcp-session-id': got['mcp-session-id'] };
    await post('/mcp', initialized, headers);
    return {
      call: async (name, args) =>
        JSON.parse((await post('/mcp', request('tools/call', { name, arguments: args }), headers)).text)
          .result,
      close,
    };
  },
  async modern(url, connections, token) {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { post, close } = poster(url, connections);
    const call = async (name, args) => {
      const headers = {
        ...JSON_HEADERS,
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': name,
        ...authorization,
      };
      return JSON.parse(
        (await post('/mcp', request('tools/call', { name, arguments: args, _meta: META }), headers)).text,
      ).result;
    };
    return { call, close };
  },
  async sse(url, connections) {
    const { post, close } = poster(url, connections);
    const stream = await openSse(url);
    const rpc = (message) =>
      new Promise((resolve) => {
        stream.waiting.set(message.id, resolve);
        post(stream.endpoint, message);
      });
    await rpc(initialize('2024-11-05'));
    await post(stream.endpoint, initialized);
    return {
      call: (name, args) => rpc(request('tools/call', { name, arguments: args })),
      close: () => {
        stream.close();
        return close();
      },
    };
  },
};

/** Opens an SSE stream; resolves when the server has named its address. */
export function openSse(url) {
  const waiting = new Map();
  return new Promise((resolve, reject) => {
    const get = http.get(
      `${url}/sse`,
      { headers: { accept: 'text/event-stream' }, agent: false },
      (response) => {
        let text = '';
        response.on('data', (part) => {
          text += part;
          for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
            const event = text.slice(0, end);
            text = text.slice(end + 2);
            const data = event.match(/^data: (.*)$/m)?.[1];
            if (event.startsWith('event: endpoint'))
              resolve({ endpoint: data, waiting, close: () => get.destroy() });
            else if (data) {
              const { id, result } = JSON.parse(data);
              waiting.get(id)?.(result);
              waiting.delete(id);
            }
          }
        });
      },
    );
    get.on('error', reject);
  });
}

/** Runs `one` so many times, `width` at once; returns the time of each in ms, and how many there were a second. */
export async function load(one, count, width) {
  const times = [];
  let left = count;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (left-- > 0) {
        const from = performance.now();
        await one();
        times.push(performance.now() - from);
      }
    }),
  );
  return { times, perSecond: (times.length / (performance.now() - begun)) * 1000 };
}

/** A table in Markdown. */
export function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
