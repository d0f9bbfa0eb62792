import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Lab } from './lab.ts';
import type { SocketRecording } from './recordings.ts';

/** What a client sends, in order: each once the server has answered the one before. */
interface Script {
  tls: boolean;
  send: (lab: Lab) => string[];
  /** How many bytes of the answer settle it, where the server does not end the connection. */
  until?: RegExp;
}

const upgrade =
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: binary';
const request = (path: string, ...headers: string[]) =>
  `${[`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1:8006', ...headers].join('\r\n')}\r\n\r\n`;

/** An upgrade to a VM's console, with the last ticket that was given out unless told otherwise. */
const console = (lab: Lab, { ticket = lab.consoleTicket, login = true } = {}) => {
  const path = '/api2/json/nodes/pve/qemu/100/vncwebsocket';
  const secret = lab.simulator.logins['root@pam!lab'];
  return request(
    `${path}?port=${lab.consolePort}&vncticket=${encodeURIComponent(ticket)}`,
    upgrade,
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(login ? [`Authorization: PVEAPIToken=root@pam!lab=${secret}`] : []),
  );
};

/** A text as a client's frame: masked, with a mask of nothing. */
const longFrame = (text: string) =>
  `\x82\xfe${String.fromCharCode(text.length >> 8, text.length & 255)}\0\0\0\0${text}`;

const scripts: Record<string, Script> = {
  plain_http_on_tls_port: {
    ...{ tls: false, until: /Moved Permanently$/ },
    send: (lab) => [request('/api2/json/version').replace('127.0.0.1:8006', `127.0.0.1:${lab.port}`)],
  },
  vncwebsocket_ok_token: { tls: true, send: (lab) => [console(lab)], until: /RFB 003\.008\n$/ },
  vncwebsocket_bad_ticket: {
    tls: true,
    send: (lab) => [console(lab, { ticket: lab.consoleTicket.replace(/::.*/, '::bad') })],
  },
  vncwebsocket_noauth: { tls: true, send: (lab) => [console(lab, { login: false })] },
  termproxy_websocket: {
    ...{ tls: true, until: /serial0\r\n.*\r\n$/s },
    send: (lab) => [console(lab), longFrame(`root@pam!lab:${lab.consoleTicket}\n`)],
  },
};

/** Replays what was recorded byte by byte. Returns the differences. */
export async function replaySocket(row: SocketRecording, lab: Lab): Promise<string[]> {
  const script = scripts[row.name];
  if (!script) return ['there is no script for it'];
  const wanted = normal(row.response);
  const got = normal(await converse(script, lab));
  return wanted === got ? [] : [`recorded ${JSON.stringify(wanted)}, simulated ${JSON.stringify(got)}`];
}

/** One character per byte; `<EOF>` where the server ends it. */
function converse({ tls, send, until }: Script, lab: Lab): Promise<string> {
  const where = { port: lab.port, host: '127.0.0.1', rejectUnauthorized: false };
  const socket: Socket = tls ? connectTls(where) : connectPlain(where);
  const waiting = send(lab);
  let text = '';
  return new Promise((resolve, reject) => {
    const done = (all: string) => {
      socket.destroy();
      resolve(all);
    };
    const next = () => {
      const bytes = waiting.shift();
      if (bytes !== undefined) socket.write(Buffer.from(bytes, 'latin1'));
    };
    socket.setTimeout(5000, () => done(`${text}<nothing more>`));
    socket.once(tls ? 'secureConnect' : 'connect', next);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (until?.test(text)) done(text);
      else next();
    });
    socket.on('end', () => done(`${text}<EOF>`));
    socket.on('error', reject);
  });
}

/** Without dates, and without what follows from this connection alone. */
function normal(text: string): string {
  return text
    .replace(/(Date|Expires): .*\r\n/g, '$1: <date>\r\n')
    .replace(/Sec-WebSocket-Accept: .*\r\n/, 'Sec-WebSocket-Accept: <accept>\r\n')
    .replace(/https:\/\/127\.0\.0\.1:\d+/, 'https://127.0.0.1:<port>');
}
