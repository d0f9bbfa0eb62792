import fc from 'fast-check';
import { expect, test } from 'vitest';
import { effectOf } from '../../src/schema/effect.ts';
import { pveCatalog } from '../../src/schema/pve-catalog.ts';
import { decodeForm } from '../../src/simulator/wire/parameters.ts';
import { decodeBytes, utf8Of } from '../../src/simulator/wire/percent.ts';
import { calls } from './arbitrary-calls.ts';
import { type Gated, gated } from './gated.ts';

/** Together more than 100,000 calls; `.ci/run` tries fewer on the second Node. */
const RUNS = process.env.FEWER_RUNS === '1' ? { same: 14_000, kept: 8_000 } : { same: 70_000, kept: 40_000 };

/** Guests that are protected, and all at once on nodes that have some: `102` is a node that does not exist. */
const FORBIDDEN =
  /\/(?:qemu\/10[02]|(?:pve[12]|localhost)\/(?:stop|start|suspend|migrate)all|bulk-action\/guest\/\w+)(?:\/|$)/i;

/** The last request as the simulator's own router understands it. */
function asReceived({ sent }: Gated) {
  const request = sent.at(-1);
  if (request === undefined) return undefined;
  const [before = '', ...rest] = request.path.split('?');
  const path = decodeBytes(before).replace('/api2/json', '');
  // One character a byte, as bytes come over a socket.
  const form = decodeForm(Buffer.from(request.body ?? rest.join('?')).toString('latin1'));
  const params = Object.fromEntries(Object.entries(form).map(([name, value]) => [utf8Of(name), value ?? '']));
  return {
    verb: request.method,
    path: utf8Of(path),
    params,
    method: pveCatalog().find(request.method, path)?.method,
  };
}

test('what the gate judged is byte for byte what the cluster received', { timeout: 120_000 }, async () => {
  const house = gated({}, { seed: 'tiny' });
  let [passed, known] = [0, 0];
  await fc.assert(
    fc.asyncProperty(calls, async ({ written, params }) => {
      house.sent.length = 0;
      await house.call(written, params);
      const judged = house.judged();
      const [request, ...more] = house.sent;
      if (request === undefined) return;
      // A change whose answer is lost is looked for: these reads are the client's own.
      for (const other of more) expect(other.method).toBe('GET');
      house.sent.length = 1;
      passed += 1;
      const { method, path, body } = judged?.request ?? {};
      expect([request.method, request.path, request.body]).toEqual([method, path, body]);
      const { call, effect, method: found } = judged?.verdict ?? {};
      const received = asReceived(house);
      expect({ ...received, method: undefined }).toEqual({
        ...call,
        params: { ...call?.params },
        method: undefined,
      });
      if (received?.method !== undefined) known += 1;
      // An everyday read needs no look at the catalog.
      if (found !== undefined) expect(found).toBe(received?.method);
      expect(effect).toBe(effectOf(received?.method, call?.params, received?.path).effect);
    }),
    { numRuns: RUNS.same, seed: 4 },
  );
  // Or the test would show nothing.
  expect(passed).toBeGreaterThan(RUNS.same / 10);
  expect(known).toBeGreaterThan(RUNS.same / 20);
});

test('what is forbidden never arrives, in whatever spelling', { timeout: 120_000 }, async () => {
  const house = gated({
    protect: ['100', 'tag:prod'],
    deny: ['GET /nodes/*/qemu/101/**', '/access/users/**'],
  });
  const look = async () => {
    const guests = await Promise.all(
      [100, 102].map((vmid) => house.open.get(`/nodes/pve1/qemu/${vmid}/config` as never)),
    );
    return JSON.stringify(guests);
  };
  const before = await look();
  let arrived = 0;
  await fc.assert(
    fc.asyncProperty(calls, async ({ written, params }) => {
      house.sent.length = 0;
      await house.call(written, params);
      const received = asReceived(house);
      if (received === undefined) return;
      const { verb, path, method } = received;
      // There is no such thing, whatever it looks like.
      if (method === undefined) return;
      arrived += 1;
      expect(path).not.toMatch(/^\/access\/users(?:\/|$)/i);
      if (verb === 'GET') expect(path).not.toMatch(/\/qemu\/101(?:\/|$)/i);
      const reads = effectOf(method, received.params).effect === 'read' || path.endsWith('/clone');
      if (!reads) expect(path).not.toMatch(FORBIDDEN);
    }),
    { numRuns: RUNS.kept, seed: 5 },
  );
  expect(arrived).toBeGreaterThan(RUNS.kept / 20);
  expect(await look()).toBe(before);
});

test('a server that only reads sends nothing else, in whatever spelling', async () => {
  const house = gated({ readOnly: true }, { seed: 'tiny' });
  await fc.assert(
    fc.asyncProperty(calls, async ({ written, params }) => {
      house.sent.length = 0;
      await house.call(written, params);
      const received = asReceived(house);
      if (received !== undefined) expect(effectOf(received.method, received.params).effect).toBe('read');
    }),
    { numRuns: 5_000, seed: 6 },
  );
});
