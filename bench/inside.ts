// One process that measures what stands between a call and the wire: the index of the search, the check, the gate.
import { readFileSync } from 'node:fs';
import { Api } from '../src/api/api.ts';
import { type Call, readCall } from '../src/api/gate/call.ts';
import { Gate } from '../src/api/gate/gate.ts';
import { openPolicy } from '../src/api/gate/policy.ts';
import { LiveSchema } from '../src/api/live-schema.ts';
import type { ApiPath } from '../src/api/path.ts';
import type { Verb } from '../src/api/wire.ts';
import { realClock } from '../src/clock.ts';
import { checkCall } from '../src/schema/check-call.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { MemoryLedger } from '../src/state/memory-ledger.ts';
import { MemoryPlans } from '../src/state/memory-plans.ts';

const ROUNDS = 20_000;
/** An everyday read, a small change, and one with many parameters. */
const CALLS: [string, Verb, string, Record<string, string>][] = [
  ['an everyday read', 'GET', '/version', {}],
  ['a change', 'PUT', '/nodes/pve1/qemu/100/config', { description: 'a text', memory: '4096' }],
  ['a change with 20 parameters', 'POST', '/nodes/pve1/qemu', manyParameters()],
];

const simulator = createSimulator({ seed: 'tiny', clock: realClock });
const api = new Api({
  send: simulator.fetch,
  login: { kind: 'password', user: 'root@pam', password: 'proxmox' },
  clock: realClock,
});
await api.get('/version' as ApiPath);

const idle = heap();
const schema = await new LiveSchema({ api, cache: undefined, clock: realClock, host: 'bench' }).get();
const described = heap();
const search = await schema.search();
const questions = ['questions', 'more-questions'].flatMap((name) =>
  readFileSync(`test/search/${name}.jsonl`, 'utf8').trim().split('\n'),
);
const asked = questions.map((line) => (JSON.parse(line) as { question: string }).question);
for (const question of asked) search.find(question, { limit: 8 });
const indexed = heap();
const searches = Array.from({ length: 5 }, () => asked)
  .flat()
  .map((question) => timed(() => search.find(question, { limit: 8 })));

const gate = new Gate({
  policy: openPolicy,
  catalog: async () => schema.catalog,
  plans: new MemoryPlans(realClock),
  ledger: new MemoryLedger(),
  clock: realClock,
  server: 'bench',
  login: 'root@pam',
});
const noRead = () => Promise.reject(new Error('nothing is read for these'));

const calls = [];
for (const [what, verb, path, params] of CALLS) {
  const times = { gate: [] as number[], check: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const request = api.wire(verb, path as ApiPath, params);
    const begun = performance.now();
    await gate.judge(request, noRead);
    times.gate.push(performance.now() - begun);
    times.check.push(timed(() => check(readCall(request, '/api2/json'))));
  }
  calls.push({ what, ...times });
}
console.log(
  JSON.stringify({
    memory: { described: described - idle, indexed: indexed - idle },
    ...{ questions: asked.length, searches, calls },
  }),
);

function check({ verb, path, params }: Call): void {
  const found = schema.catalog.find(verb, path);
  if (found === undefined || checkCall(found, params).length > 0)
    throw new Error(`${verb} ${path} is not as it should be`);
}

function timed(one: () => unknown): number {
  const begun = performance.now();
  one();
  return performance.now() - begun;
}

/** In MiB, after the garbage collector has been. */
function heap(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function manyParameters(): Record<string, string> {
  const disks = Array.from({ length: 8 }, (_, n) => [`scsi${n}`, 'local-lvm:32,discard=on,ssd=1']);
  const nets = Array.from({ length: 4 }, (_, n) => [`net${n}`, 'virtio,bridge=vmbr0,firewall=1']);
  const rest = { vmid: '200', name: 'web2', memory: '4096', cores: '4', sockets: '1', ostype: 'l26' };
  return {
    ...rest,
    ...Object.fromEntries([...disks, ...nets]),
    ...{ scsihw: 'virtio-scsi-single', boot: 'order=scsi0' },
  };
}
