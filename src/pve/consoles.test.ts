import { afterEach, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { Api } from '../api/api.ts';
import { connect } from '../api/connect.ts';
import { withFailover } from '../api/failover.ts';
import type { Host } from '../api/wire.ts';
import type { Clock } from '../clock.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { Pve } from './pve.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A clock that stands still; `tick` lets the next sleep be over. */
function standingClock() {
  const sleeps: { ms: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleeps.push({ ms, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  return { clock, sleeps };
}

const web1 = { node: 'pve1', type: 'qemu', vmid: 100 } as const;
const dns = { node: 'pve1', type: 'lxc', vmid: 101 } as const;

async function cluster({ as = 'root@pam!full', wire = 'socket' as 'socket' | 'none' } = {}) {
  const simulator = createSimulator({ seed: 'tiny' });
  simulator.world.guests.get(100)?.set({ serial0: 'socket' });
  const secret = simulator.logins[as] ?? '';
  const [user = '', tokenName] = as.split('!');
  const login =
    tokenName === undefined
      ? ({ kind: 'password', user, password: secret } as const)
      : ({ kind: 'token', user, tokenName, secret } as const);
  const { clock, sleeps } = standingClock();
  let way: { send: Host['send']; host: () => Promise<Host> };
  if (wire === 'socket') {
    const { url, fingerprint, close } = await simulator.listen();
    const connection = connect({ url, fingerprint, verify: true, timeoutMs: 5_000 });
    open.push(close, connection.close);
    way = connection;
  } else {
    const host: Host = { send: simulator.fetch, upgrade: simulator.upgrade };
    way = { send: host.send, host: async () => host };
  }
  const { consoles } = new Pve(new Api({ ...way, login, clock }), clock);
  return { consoles, sleeps, simulator, world: simulator.world, way };
}

/** Reads until the text is there, or until the end. */
async function until(console: AsyncIterable<Buffer>, text: string): Promise<string> {
  let heard = '';
  for await (const piece of console) {
    heard += piece;
    if (heard.slice(-piece.length - text.length).includes(text)) break;
  }
  return heard;
}

test.each(['socket', 'none'] as const)('a serial terminal (%s)', async (wire) => {
  const { consoles, world } = await cluster({ wire });
  const terminal = await consoles.terminal(web1, { columns: 120, rows: 40 });
  expect(await until(terminal, 'serial0\r\n')).toBe('\r\nstarting serial terminal on interface serial0\r\n');
  await terminal.write('\r');
  await until(terminal, '~# ');
  await terminal.write('stty size\r');
  expect(await until(terminal, '~# ')).toContain('40 120');
  await terminal.resize(200, 50);
  await terminal.write(Buffer.from('stty size\r'));
  expect(await until(terminal, '~# ')).toContain('50 200');
  await terminal.write('exit\r');
  expect(await until(terminal, 'never')).toContain('logout');
  const [task] = world.tasks.of('pve1').slice(-1);
  expect(task).toMatchObject({ type: 'vncproxy', id: '100', exitstatus: 'OK' });
});

test('a large paste goes through in pieces', async () => {
  const { consoles } = await cluster();
  const terminal = await consoles.terminal(web1);
  await terminal.write('\r');
  await until(terminal, '~# ');
  const paste = 'x'.repeat(300_000);
  const [echo] = await Promise.all([until(terminal, 'command not found'), terminal.write(`${paste}\r`)]);
  expect(echo.startsWith(`${paste}\r\n-bash: x`)).toBe(true);
  await terminal.close();
});

test('a container shows its login, or a shell with cmode=shell', async () => {
  const { consoles, world } = await cluster();
  world.guests.get(101)?.power('running', 0, 1);
  const login = await consoles.terminal(dns);
  await login.write('\r');
  expect(await until(login, 'login: ')).toContain('dns login: ');
  await login.close();
  world.guests.get(101)?.set({ cmode: 'shell' });
  const shell = await consoles.terminal(dns);
  expect(await until(shell, '~# ')).toContain('root@dns:~# ');
  await shell.close();
});

test.each([
  ['root@pam', 'root@pve1:~# '],
  ['root@pam!full', 'pve1 login: '],
])('a shell on the node for %s', async (as, prompt) => {
  const { consoles } = await cluster({ as });
  const terminal = await consoles.terminal({ node: 'pve1' });
  expect(await until(terminal, ' ')).toBe(prompt);
  await terminal.close();
});

test('a screen speaks RFB, and its password is known', async () => {
  const { consoles, world } = await cluster();
  const screen = await consoles.screen(web1);
  expect(screen.password).toMatch(/^[!-`]{8}$/);
  expect(await until(screen, '\n')).toBe('RFB 003.008\n');
  await screen.write('RFB 003.008\n');
  expect(await until(screen, 'never')).toContain('no screen');
  await screen.close();
  expect(world.tasks.of('pve1').at(-1)).toMatchObject({ exitstatus: 'OK' });
});

test('where no password is told apart, it is the beginning of the ticket', async () => {
  const { simulator } = await cluster({ wire: 'none' });
  const send: Host['send'] = async (request) => {
    const answer = await simulator.fetch(request);
    const { data } = JSON.parse(answer.body);
    delete data?.password;
    return { ...answer, body: JSON.stringify({ data }) };
  };
  const host: Host = { send, upgrade: simulator.upgrade };
  const login = {
    ...({ kind: 'token', user: 'root@pam', tokenName: 'full' } as const),
    secret: simulator.logins['root@pam!full'] ?? '',
  };
  const { clock } = standingClock();
  const { consoles } = new Pve(new Api({ send, host: async () => host, login, clock }), clock);
  const screen = await consoles.screen(web1);
  expect(screen.password).toMatch(/^[!-`]{8}$/);
  await screen.close();
});

test('a terminal gives a sign of life every 30 s until it is over', async () => {
  const { consoles, sleeps } = await cluster();
  const terminal = await consoles.terminal(web1);
  await until(terminal, 'serial0');
  for (let sign = 0; sign < 3; sign++) {
    expect(sleeps.map(({ ms }) => ms)).toEqual(Array(sign + 1).fill(30_000));
    sleeps.at(-1)?.wake();
    await expect.poll(() => sleeps.length).toBe(sign + 2);
  }
  await terminal.close();
  sleeps.at(-1)?.wake();
  // Whatever was typed after the signs of life has arrived as it was.
  const again = await consoles.terminal(web1);
  await again.write('\r');
  expect(await until(again, '~# ')).toContain('root@web1');
  await again.close();
  expect(sleeps).toHaveLength(5);
});

test('both steps meet the same host, even when it is not the first', async () => {
  const { way, simulator } = await cluster();
  const seen: string[] = [];
  const watched = (name: string, isThere: boolean) => {
    const call =
      <A, T>(what: string, work: (request: A) => Promise<T>) =>
      (request: A): Promise<T> => {
        seen.push(`${name} ${what}`);
        return isThere ? work(request) : Promise.reject(new Error('not there'));
      };
    const host = async (): Promise<Host> => {
      const real = await way.host();
      return { send: call('send', real.send), upgrade: call('upgrade', real.upgrade) };
    };
    return { send: call('send', way.send), host, close: async () => {} };
  };
  const { clock } = standingClock();
  const both = withFailover([watched('a', true), watched('b', true)], clock);
  const secret = simulator.logins['root@pam!full'] ?? '';
  const login = { kind: 'token', user: 'root@pam', tokenName: 'full', secret } as const;
  const { consoles } = new Pve(new Api({ ...both, login, clock }), clock);
  await (await consoles.screen(web1)).close();
  expect(seen).toEqual(['a send', 'a upgrade']);
});

test('what can not be opened says so in the terminal', async () => {
  const { consoles } = await cluster();
  expect(await until(await consoles.terminal(dns), 'never')).toContain('101 is not running');
  const serial1 = await consoles.terminal(web1, { serial: 'serial1' });
  expect(await until(serial1, 'never')).toBe("serial interface 'serial1' is not configured\r\n");
});

test('the screen of a stopped container ends at once', async () => {
  const { consoles, world } = await cluster();
  expect(await until(await consoles.screen(dns), 'never')).toBe('');
  expect(world.tasks.of('pve1').at(-1)).toMatchObject({ exitstatus: 'Failed to run vncproxy.' });
});

test.each([
  ['without the privilege', 'monitor@pve!ro', web1, 'forbidden', 'VM.Console'],
  ['of a guest that is not there', 'root@pam!full', { ...web1, vmid: 999 }, 'not_found', '999'],
])('a console %s is refused', async (_, as, where, code, text) => {
  const { consoles } = await cluster({ as });
  for (const opening of [consoles.terminal(where), consoles.screen(where)]) {
    const failure = await failureOf(opening);
    expect(failure.code).toBe(code);
    expect(failure.message + failure.hint).toContain(text);
  }
});

test.each([
  [0, 24],
  [80, -1],
  [1.5, 24],
  [80, 65_536],
])('a terminal of %d by %d is refused', async (columns, rows) => {
  const { consoles, world } = await cluster();
  const failure = await failureOf(consoles.terminal(web1, { columns, rows }));
  expect(failure.code).toBe('invalid_argument');
  await expect.poll(() => world.tasks.of('pve1').at(-1)?.exitstatus).toBe('OK');
});

test('a terminal that is cancelled ends at once', async () => {
  const { consoles } = await cluster();
  const controller = new AbortController();
  const terminal = await consoles.terminal(web1, { signal: controller.signal });
  await until(terminal, 'serial0');
  controller.abort();
  expect(await failureOf(until(terminal, 'never'))).toMatchObject({ code: 'cancelled' });
});

test('where there are calls and nothing else, there are no consoles', async () => {
  const { simulator } = await cluster({ wire: 'none' });
  const { clock } = standingClock();
  const login = { kind: 'token', user: 'root@pam', tokenName: 'full', secret: 'x' } as const;
  const { consoles } = new Pve(new Api({ send: simulator.fetch, login, clock }), clock);
  expect(await failureOf(consoles.terminal(web1))).toMatchObject({ code: 'config' });
  expect(simulator.received).toEqual([]);
});
