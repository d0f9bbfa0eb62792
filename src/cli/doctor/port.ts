import { get } from 'node:http';
import { createServer } from 'node:net';
import { bad, type Finding, good, note } from './finding.ts';

/** Whether the server can listen there, or does so already. */
export async function portOf(host: string, port: number): Promise<Finding> {
  const where = `${host}:${port}`;
  const code = await whyNot(host, port);
  if (code === undefined) return good('port', port === 0 ? 'Any free port is taken.' : `${where} is free.`);
  if (code === 'EADDRINUSE') {
    const version = await serverAt(host, port);
    return version === undefined
      ? bad(
          'port',
          `${where} is in use by another program.`,
          'Choose another with MCP_PORT, or end that program.',
        )
      : note('port', `${where} is in use: a proxmox-mcp answers there already.`);
  }
  const hints: Record<string, string> = {
    EACCES: 'Ports below 1024 are for root: choose another with MCP_PORT, and put a proxy in front.',
    EADDRNOTAVAIL:
      'MCP_HOST is no address of this machine: 127.0.0.1 is for it alone, 0.0.0.0 is all of them.',
    ENOTFOUND: 'MCP_HOST is a name that nobody knows: use an address of this machine.',
  };
  return bad('port', `Nobody can listen on ${where} (${code}).`, hints[code] ?? 'Set MCP_HOST and MCP_PORT.');
}

function whyNot(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** The version of a server of ours; undefined where it is somebody else's. It answers under loopback names in any case. */
function serverAt(host: string, port: number): Promise<string | undefined> {
  const address = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return new Promise((resolve) => {
    const headers = { host: `localhost:${port}` };
    const request = get({ host: address, port, path: '/healthz', headers, timeout: 2_000 }, (response) => {
      let text = '';
      response.on('data', (part) => {
        text = (text + part).slice(0, 1_000);
      });
      response.on('close', () => {
        const [, version] = /^\{"status":"ok","version":"([^"]+)"/.exec(text) ?? [];
        resolve(version);
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}
