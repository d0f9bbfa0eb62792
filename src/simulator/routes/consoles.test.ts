import { connect } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { lab } from './lab.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A lab whose consoles can be opened over a socket: what comes is text, with each frame's head before it. */
async function served() {
  const house = lab();
  house.world.guests.get(100)?.set({ serial0: 'socket' });
  const { url, certificate, close } = await house.simulator.listen();
  open.push(close);
  const secret = house.simulator.logins['root@pam!full'];
  const auth = `Authorization: PVEAPIToken=root@pam!full=${secret}`;
  const ask = (
    path: string,
    more: string[],
    until: RegExp | 'end',
    typed: Buffer[] = [],
    onLogin = () => {},
  ) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), ca: certificate });
      let heard = '';
      socket.setEncoding('latin1');
      socket.on('data', (chunk) => {
        heard += chunk;
        if (typed.length > 0) socket.write(Buffer.concat(typed.splice(0)));
        if (/login: $/.test(heard)) onLogin();
        if (until !== 'end' && until.test(heard)) {
          socket.destroy();
          resolve(heard);
        }
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(heard));
      socket.write(`GET /api2/json${path} HTTP/1.1\r\n${more.map((line) => `${line}\r\n`).join('')}\r\n`);
    });
  return { ...house, ask, auth };
}

const upgrade = [
  ...['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
  ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: binary'],
];

/** A frame with the mask 0, which leaves its bytes as they are. */
const frame = (text: string, opcode = 2) =>
  Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
const bigFrame = (text: string) => {
  const head = Buffer.from([0x82, 0xfe, text.length >> 8, text.length & 255, 0, 0, 0, 0]);
  return Buffer.concat([head, Buffer.from(text)]);
};

const socketPath = (guest: string, { port, ticket }: { port: string; ticket: string }) =>
  `/nodes/pve1/${guest}/vncwebsocket?port=${port}&vncticket=${encodeURIComponent(ticket)}`;

// The example of RFC 6455, section 1.3; the other lines as recorded on PVE 9.2.
const switched = [
  ...['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: upgrade'],
  ...['Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'Sec-WebSocket-Protocol: binary', '', ''],
].join('\r\n');

test('a VM: the answers of vncproxy and termproxy have the recorded shape', async () => {
  const { data } = lab();
  const screen = await data('POST /nodes/pve1/qemu/100/vncproxy', { websocket: 1 });
  expect(screen).toEqual({
    user: 'root@pam!full',
    port: '5900',
    upid: expect.stringMatching(/^UPID:pve1:[^:]+:[^:]+:[^:]+:vncproxy:100:root@pam!full:$/),
    password: expect.stringMatching(/^[!-`]{8}$/),
    ticket: expect.stringMatching(/^.{8}:PVEVNC:[0-9A-F]{8}::[A-Za-z0-9+/]{342}==$/),
    cert: expect.stringMatching(
      /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/,
    ),
  });
  expect(screen.ticket.slice(0, 8)).toBe(screen.password);
  expect(await data('POST /nodes/pve1/qemu/100/termproxy', {})).toEqual({
    user: 'root@pam!full',
    port: '5901',
    upid: expect.stringContaining(':vncproxy:100:'),
    ticket: expect.stringMatching(/^PVEVNC:[0-9A-F]{8}::[A-Za-z0-9+/]{342}==$/),
  });
});

test('a container has a password only over websockets, a node never', async () => {
  const { data, refusal } = lab();
  expect(await data('POST /nodes/pve1/lxc/101/vncproxy', {})).not.toHaveProperty('password');
  expect(await data('POST /nodes/pve1/lxc/101/vncproxy', { websocket: 1 })).toHaveProperty('password');
  expect(await data('POST /nodes/pve1/termproxy', {})).toMatchObject({
    upid: expect.stringMatching(/:vncshell::root@pam!full:$/),
  });
  expect(await refusal('POST /nodes/pve1/qemu/999/termproxy', {})).toEqual([
    500,
    "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist",
  ]);
});

test('without an upgrade the port is given back, as recorded', async () => {
  const { data, call } = lab();
  const proxy = await data('POST /nodes/pve1/qemu/100/vncproxy', { websocket: 1 });
  const answer = await call(`GET ${socketPath('qemu/100', proxy)}`);
  expect(answer).toMatchObject({ status: 200, json: { data: { port: '5900' } } });
  expect(answer.headers.connection).toBe('Keep-Alive');
});

test('a wrong ticket is refused after three seconds, as recorded', async () => {
  const { data, call } = lab();
  const { ticket } = await data('POST /nodes/pve1/qemu/100/vncproxy', { websocket: 1 });
  const wrong = [
    socketPath('qemu/100', { port: '5901', ticket }),
    socketPath('lxc/101', { port: '5900', ticket }),
    socketPath('qemu/100', { port: '5900', ticket: 'PVEVNC:00000000::AAAA' }),
  ];
  for (const path of wrong) {
    expect(await call(`GET ${path}`)).toMatchObject({
      ...{ status: 401, reason: 'permission denied - invalid PVEVNC ticket', took: 3000 },
      json: { data: null, message: 'permission denied - invalid PVEVNC ticket\n' },
    });
  }
  expect(await call(`GET ${wrong[2]}`, undefined, 'alice@pve')).toMatchObject({ status: 401 });
});

test('a ticket is good for forty seconds', async () => {
  const { data, call, sleep } = lab();
  const proxy = await data('POST /nodes/pve1/qemu/100/vncproxy', { websocket: 1 });
  await sleep(39_000);
  expect(await call(`GET ${socketPath('qemu/100', proxy)}`)).toMatchObject({ status: 200 });
  await sleep(1_000);
  expect(await call(`GET ${socketPath('qemu/100', proxy)}`)).toMatchObject({ status: 401 });
});

test('who does not come in ten seconds finds nobody, and the port is free again', async () => {
  const { data, sleep, simulator } = lab();
  const proxy = await data('POST /nodes/pve1/qemu/100/vncproxy', { websocket: 1 });
  await data('GET /version');
  await sleep(10_000);
  const status = await data(`GET /nodes/pve1/tasks/${encodeURIComponent(proxy.upid)}/status`);
  expect(status).toMatchObject({ status: 'stopped', exitstatus: 'connection timed out' });
  const headers = {
    authorization: `PVEAPIToken=root@pam!full=${simulator.logins['root@pam!full']}`,
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const late = { method: 'GET' as const, path: `/api2/json${socketPath('qemu/100', proxy)}`, headers };
  await expect(simulator.upgrade(late)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect((await data('POST /nodes/pve1/qemu/100/vncproxy', {})).port).toBe('5900');
});

test('a screen greets as recorded, and says that there is nothing to see', async () => {
  const { ask, auth, data } = await served();
  const proxy = await data('POST /nodes/pve1/qemu/100/vncproxy', { websocket: 1 });
  const heard = await ask(socketPath('qemu/100', proxy), [auth, ...upgrade], 'end', [frame('RFB 003.008\n')]);
  expect(heard.startsWith(`${switched}\x82\x0cRFB 003.008\n`)).toBe(true);
  expect(heard.endsWith('\0\0\0\0\x24The simulated machine has no screen.')).toBe(true);
  expect(await data(`GET /nodes/pve1/tasks/${encodeURIComponent(proxy.upid)}/status`)).toMatchObject({
    exitstatus: 'OK',
  });
});

test('a serial terminal begins with the recorded frames, echoes, and ends with exit', async () => {
  const { ask, auth, data } = await served();
  const proxy = await data('POST /nodes/pve1/qemu/100/termproxy', {});
  const heard = await ask(socketPath('qemu/100', proxy), [auth, ...upgrade], 'end', [
    bigFrame(`root@pam!full:${proxy.ticket}\n2`),
    frame('0:1:\r'),
    frame('1:132:43:0:10:stty s'),
    frame('ize\r'),
    frame('0:5:exit\r'),
  ]);
  const frames = heard.slice(switched.length);
  const greeting =
    '\x82\x02OK\x82\x02\r\n\x82\x2fstarting serial terminal on interface serial0\r\n\x82\x02\r\n';
  expect(frames.startsWith(greeting)).toBe(true);
  const text = frames.slice(greeting.length).replace(/\x82./gs, '');
  expect(text).toBe('\r\nroot@web1:~# stty size\r\n43 132\r\nroot@web1:~# exit\r\nlogout\r\n');
});

test.each([
  ['GET', [], 'No ticket'],
  ['an older websocket', ['Sec-WebSocket-Version: 8'], "unsupported websocket-version '8'"],
  ['no key', ['Sec-WebSocket-Version: 13'], 'missing websocket-key'],
])('%s is refused', async (_, lines, reason) => {
  const { ask, auth, data } = await served();
  const proxy = await data('POST /nodes/pve1/qemu/100/vncproxy', { websocket: 1 });
  const more = lines.length === 0 ? [] : [auth, 'Upgrade: websocket', ...lines];
  expect(await ask(socketPath('qemu/100', proxy), more, 'end')).toContain(` ${reason}\r\n`);
});

test.each([
  ['unmasked', Buffer.from([0x82, 0x01, 0x61])],
  ['in pieces', Buffer.from([0x02, 0x81, 0, 0, 0, 0, 0x61])],
  ['larger than 128 KiB', Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 2, 0, 1])],
  ['of another kind', Buffer.from([0x83, 0x80, 0, 0, 0, 0])],
  ['compressed', Buffer.from([0xc2, 0x80, 0, 0, 0, 0])],
])('a frame that is %s ends the connection', async (_, bytes) => {
  const { ask, auth, data } = await served();
  const proxy = await data('POST /nodes/pve1/qemu/100/vncproxy', { websocket: 1 });
  const heard = await ask(socketPath('qemu/100', proxy), [auth, ...upgrade], 'end', [bytes]);
  expect(heard).toBe(`${switched}\x82\x0cRFB 003.008\n`);
});

test('a ping is answered', async () => {
  const { ask, auth, data } = await served();
  const proxy = await data('POST /nodes/pve1/qemu/100/vncproxy', { websocket: 1 });
  const path = socketPath('qemu/100', proxy);
  expect(await ask(path, [auth, ...upgrade], /\x8a/, [frame('hello', 9)])).toContain('\x8a\x05hello');
});

test('stopping the task closes its console', async () => {
  const { ask, auth, data, call } = await served();
  const proxy = await data('POST /nodes/pve1/termproxy', {});
  const path = `/nodes/pve1/vncwebsocket?port=${proxy.port}&vncticket=${encodeURIComponent(proxy.ticket)}`;
  const stop = () => void call(`DELETE /nodes/pve1/tasks/${encodeURIComponent(proxy.upid)}`);
  const login = [bigFrame(`root@pam!full:${proxy.ticket}\n`)];
  expect(await ask(path, [auth, ...upgrade], 'end', login, stop)).toContain('pve1 login: ');
});
