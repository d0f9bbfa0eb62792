import { expect, test } from 'vitest';
import { type SlowFacts, slowCauses } from './slow-causes.ts';

const calm: SlowFacts = {
  ...{ status: 'running', paused: false, cores: 4, cpu: 0.2, cpuPeak: 0.4, memory: 0.5 },
  pressure: { cpu: 0.5, io: 0.2, memory: 0 },
  disks: [{ key: 'scsi0', storage: 'local-lvm', fill: 0.5, emulated: false }],
  node: { name: 'pve1', cpu: 0.3, memory: 0.4, swap: 0, iowait: 0.01, load: 0.3 },
  ...{ neighbours: [], tasks: [] },
};
const causes = (facts: Partial<SlowFacts>) =>
  slowCauses({ ...calm, ...facts }).map(({ weight, cause }) => `${weight}: ${cause}`);

test('a calm guest on a calm node has no cause', () => {
  expect(causes({})).toEqual([]);
});

test.each<[string, Partial<SlowFacts>, string]>([
  ['paused', { paused: true }, 'likely: It is paused'],
  ['locked', { lock: 'backup' }, 'likely: It is locked: backup'],
  ['all of its CPUs', { cpu: 0.97, cpuPeak: 1 }, 'likely: It uses up its own CPUs'],
  ['most of its CPUs', { cpu: 0.75, cpuPeak: 0.8 }, 'possible: It is near the end of its own CPUs'],
  ['its limit', { cpulimit: 1, cpu: 0.24 }, 'likely: Its CPU limit holds it back'],
  ['a busy node', { node: { name: 'pve1', cpu: 0.95 } }, 'likely: Its node has too little CPU for all'],
  ['waits for CPU', { pressure: { cpu: 25 } }, 'possible: It waits for CPU time'],
  ['slow disks', { pressure: { io: 40 } }, 'likely: Its storage is too slow for it'],
  [
    'a full storage',
    { disks: [{ key: 'scsi0', storage: 'nas', fill: 0.99, emulated: false }] },
    'likely: A storage of its disks is full',
  ],
  ['memory', { memory: 0.95 }, 'possible: It may have too little memory'],
  ['waits for memory', { pressure: { memory: 30 } }, 'likely: It has too little memory'],
  ['the balloon', { ballooned: 2 ** 30 }, 'likely: Ballooning took memory from it'],
  ['a node that swaps', { node: { name: 'pve1', memory: 0.99, swap: 0.5 } }, 'likely: Its node swaps'],
  [
    'IDE',
    { disks: [{ key: 'ide0', storage: 'local', fill: 0.1, emulated: true }] },
    'possible: A disk hangs on an emulated controller',
  ],
])('%s', (_name, facts, expected) => {
  expect(causes(facts)).toEqual([expected]);
});

test('its own backup weighs more than that of another guest on the node', () => {
  const task = { what: 'vzdump of 102 on pve1', isBackup: true, upid: 'UPID:x' };
  expect(causes({ tasks: [{ ...task, own: true }] })).toEqual(['likely: It is being backed up']);
  expect(causes({ tasks: [{ ...task, own: false }] })).toEqual(['possible: A backup runs on its node']);
});

test('what explains it by itself comes first', () => {
  const found = causes({ memory: 0.95, cpu: 0.97, cpuPeak: 1 });
  expect(found.map((cause) => cause.split(':')[0])).toEqual(['likely', 'possible']);
});
