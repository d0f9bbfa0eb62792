import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Api } from '../src/api/api.ts';
import type { ParamValue } from '../src/api/form.ts';
import { readCall } from '../src/api/gate/call.ts';
import { parsePath } from '../src/api/path.ts';
import type { Failure } from '../src/failure.ts';
import { checkCall } from '../src/schema/check-call.ts';
import { familySize } from '../src/schema/families.ts';
import type { Method, Parameter } from '../src/schema/method.ts';
import { pveCatalog } from '../src/schema/pve-catalog.ts';
import { createSimulator, type Simulator } from '../src/simulator/simulator.ts';

// The check before a call is that of the server: whatever is given, both refuse it, for the same parameters, or neither.

const RUNS = 1_500;

/** What people write, right here and wrong there. */
const values: readonly ParamValue[] = [
  ...[
    '',
    '0',
    '1',
    '-1',
    '007',
    '1.5',
    '100',
    '1e3',
    '99999999999999999999',
    ' 1',
    '1 ',
    'true',
    'yes',
    'on',
    'no',
    'null',
  ],
  ...[
    'a',
    'A b',
    'a;b',
    'a,b',
    'a=b',
    'a=b,c=d',
    'ü',
    'a\nb',
    '%20',
    '*',
    '..',
    '-',
    '__proto__',
    'x'.repeat(300),
  ],
  ...[
    'pve1',
    'local',
    'local-lvm:32',
    'local:iso/debian.iso',
    'local-lvm:vm-100-disk-0',
    'none',
    'root@pam',
    'root@pam!full',
  ],
  ...[
    'virtio,bridge=vmbr0',
    'virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=10',
    'virtio,tag=9999,firewall=yes',
    'name=eth0,ip=dhcp',
    'host',
  ],
  ...[
    '10.0.0.1',
    '10.0.0.0/24',
    'fe80::1',
    'BC:24:11:00:00:01',
    '1-4',
    '+5G',
    '4G',
    'order=scsi0;net0',
    'mon..fri 3:00',
    '*/15',
    'keep-last=3',
  ],
  ...[0, 1, -1, 1.5, 100, 2 ** 31, 1e21, true, false],
  ...[[], ['a'], ['a', 'b'], [1, 2], ['100', '101'], [true]],
];

/** An upload is no form; the first of these is sent to its node before it is checked, the other one asks for a VMID itself. */
const OTHERWISE = new Set(['/cluster/sdn/dry-run', '/nodes/{node}/vzdump']);
const methods = pveCatalog().methods.filter(({ path }) => !path.endsWith('/upload') && !OTHERWISE.has(path));
const seeds = fc.record({
  method: fc.constantFrom(...methods),
  words: fc.array(
    fc.constantFrom('pve1', '100', '101', 'local', 'a', 'root@pam', 'Ab-1', '9', 'x y', '1234567890'),
    { minLength: 6, maxLength: 6 },
  ),
  oddWords: fc.nat(9),
  chosen: fc.array(fc.tuple(fc.nat(400), fc.nat(values.length - 1), fc.integer({ min: 0, max: 11 })), {
    maxLength: 5,
  }),
  complete: fc.boolean(),
});

type Made = { method: Method; path: string; data: Record<string, ParamValue> };

const arbitraryCalls = seeds.map(({ method, words, oddWords, chosen, complete }): Made => {
  let at = 0;
  const path = method.path.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const word = words[at++] as string;
    if (name === 'node') return 'pve1';
    if (oddWords === 0) return encodeURIComponent(word);
    return name === 'vmid' ? '100' : encodeURIComponent(word);
  });
  const names = Object.keys(method.parameters);
  const own = names.filter((name) => !method.path.includes(`{${name}}`));
  const data: Record<string, ParamValue> = {};
  if (complete)
    for (const name of own)
      if (!method.parameters[name]?.optional) data[name] = usual(method.parameters[name] as Parameter);
  for (const [which, value, how] of chosen) {
    const name = names[which % Math.max(1, names.length)] ?? 'nothing';
    const of = method.parameters[name];
    data[spelt(name, how)] = how < 4 && of ? usual(of) : values[value];
  }
  return { method, path, data };
});

function spelt(name: string, how: number): string {
  if (name.endsWith('[n]'))
    return how === 11 ? name : name.replace('[n]', String(how === 10 ? (familySize(name) ?? 9) : how % 3));
  if (how === 11) return `${name}x`;
  return how === 10 ? name.toUpperCase() : name;
}

function usual({ enum: words, type, minimum }: Parameter): ParamValue {
  if (words?.[0] !== undefined) return words[0];
  if (type === 'boolean') return 1;
  if (type === 'integer' || type === 'number') return Number(minimum ?? 100);
  return 'local';
}

/** How the check by the schema begins what it says; a method may refuse more, in words of its own. */
const BY_SCHEMA =
  /^(?:type check|property is |missing property|value |invalid format|duplicate parameter|format error)/;

/** The names that a server's own check refuses, as its administrator is told them. */
async function refusedByServer(simulator: Simulator, { method: { method }, path, data }: Made) {
  const login = {
    kind: 'password',
    user: 'root@pam',
    password: simulator.logins['root@pam'] as string,
  } as const;
  const api = new Api({ send: simulator.fetch, login, clock: simulator.clock });
  const failure = await api.request(method, parsePath(path).path, data).then(
    () => undefined,
    (error: Failure) => error,
  );
  const errors = Object.entries((failure?.details.errors as Record<string, string> | undefined) ?? {});
  return errors.filter(([, text]) => BY_SCHEMA.test(text)).map(([name]) => name);
}

function refusedHere(simulator: Simulator, { method: { method }, path, data }: Made) {
  const secret = simulator.logins['root@pam!full'] ?? 'gone';
  const login = { kind: 'token', user: 'root@pam', tokenName: 'full', secret } as const;
  const api = new Api({ send: simulator.fetch, login, clock: simulator.clock });
  const sent = readCall(api.wire(method, parsePath(path).path, data), '/api2/json');
  const found = pveCatalog().find(sent.verb, sent.path);
  return found && checkCall(found, sent.params).map(({ name }) => name);
}

test('what the server would refuse is refused before it is sent, for the same parameters', async () => {
  let simulator = createSimulator({ seed: 'tiny' });
  let [calls, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(arbitraryCalls, async (made) => {
      // What passes the check is done, and some of it leaves little behind.
      if (calls++ % 20 === 0) simulator = createSimulator({ seed: 'tiny' });
      const here = refusedHere(simulator, made);
      fc.pre(here !== undefined);
      const there = await refusedByServer(simulator, made);
      expect(here.sort()).toEqual(there.sort());
      if (here.length > 0) refused += 1;
    }),
    { numRuns: RUNS, seed: 4 },
  );
  expect(refused).toBeGreaterThan(RUNS / 4);
  expect(refused).toBeLessThan(RUNS);
}, 60_000);
