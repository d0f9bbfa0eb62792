// The way to a real server is tested with one that behaves like it: a simulated cluster over HTTPS.
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { type Clock, realClock } from '../../src/clock.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { type Outcome, outcome } from '../program.ts';
import { PREFIX } from './bench.ts';

const vitest = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--config',
  'test/client/real.config.ts',
  '--reporter=verbose',
];

/** `npm run test:real` with this environment. */
function realSuite(env: Record<string, string>): Promise<Outcome> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, vitest, { env: { PATH, HOME, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  return outcome(child);
}

/** Time that goes by a hundred times as fast, for a server whose client lives in another process. */
function quickClock(): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * 100,
    sleep: (ms, signal) => realClock.sleep(ms / 100, signal),
  };
}

/** All that the suite could leave behind, or take away. */
function inventory({ world }: Simulator): unknown {
  world.settle();
  return {
    guests: [...world.guests.values()].map(({ vmid, config, status }) => ({
      vmid,
      config: { ...config },
      status,
    })),
    pools: structuredClone(world.pools.list()),
    users: [...world.access.users.values()].map(({ userid, tokens }) => [userid, [...tokens.keys()]]),
    files: [...world.storages.values()].map((storage) => storage.volumes('pve').map(({ volid }) => volid)),
  };
}

test('against a server, by token and by password, it passes, touches only its own and leaves everything as it was', async () => {
  const simulator = createSimulator({ seed: 'lab', clock: quickClock() });
  const { url, fingerprint, close } = await simulator.listen();
  onTestFinished(close);
  const before = inventory(simulator);
  const { code, stdout, stderr } = await realSuite({
    ...{ PVE_TEST_URL: url, PVE_TEST_FINGERPRINT: fingerprint },
    ...{ PVE_TEST_TOKEN_ID: 'root@pam!lab', PVE_TEST_TOKEN_SECRET: simulator.logins['root@pam!lab'] ?? '' },
    ...{ PVE_TEST_USER: 'root@pam', PVE_TEST_PASSWORD: simulator.logins['root@pam'] ?? '' },
  });
  expect(stderr).toBe('');
  const told = stripVTControlCharacters(stdout);
  expect(told).toMatch(/by token > login/);
  expect(told).toMatch(/by password > login/);
  expect(told).not.toMatch(/skipped|failed/);
  expect(code).toBe(0);
  expect(inventory(simulator)).toEqual(before);

  const changes = simulator.received.filter(
    ({ method, path }) => method !== 'GET' && !path.endsWith('/access/ticket'),
  );
  const foreign = changes.filter(({ path, query, body }) => {
    const text = decodeURIComponent(`${path}?${query}&${body}`);
    return !text.includes(PREFIX) && !/(?:\/qemu\/|&vmid=)9\d{3}\b/.test(text) && !path.endsWith('/upload');
  });
  expect(changes.length).toBeGreaterThan(50);
  expect(foreign).toEqual([]);
}, 120_000);

test('without a server it says what to set', async () => {
  const { code, stderr } = await realSuite({});
  expect(code).not.toBe(0);
  expect(stderr).toContain('Set PVE_TEST_URL, and PVE_TEST_TOKEN_ID with PVE_TEST_TOKEN_SECRET');
});
