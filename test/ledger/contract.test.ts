import { describe, expect, test } from 'vitest';
import type { Ledger, LedgerEntry } from '../../src/api/gate/ledger.ts';
import { Failure } from '../../src/failure.ts';
import type { Line } from '../../src/state/ledger/line.ts';
import { MemoryLedger } from '../../src/state/memory-ledger.ts';
import { stateFolder } from '../program.ts';
import { emptyDatabases, withRedis } from '../redis-server.ts';
import { change, linesOf, onlyFile, openLedger, redisLedger, redisLines } from './folder.ts';

/** A change as any ledger can tell of it. */
interface Told {
  entry: LedgerEntry;
  /** `ok`, or the code of the failure; undefined while nobody knows. */
  result: string | undefined;
  upid: string | undefined;
  exitstatus: string | undefined;
}

interface Opened {
  ledger: Ledger;
  told(): Told[] | Promise<Told[]>;
}

const emptyDatabase = emptyDatabases();

function inMemory(): Opened {
  const ledger = new MemoryLedger();
  return {
    ledger,
    told: () =>
      ledger.entries.map(({ outcome, exitstatus, ...entry }) => ({
        entry,
        result: outcome && (outcome.failure?.code ?? 'ok'),
        upid: outcome?.upid,
        exitstatus,
      })),
  };
}

function inAFile(): Opened {
  const folder = stateFolder();
  return { ledger: openLedger(folder), told: () => toldBy(linesOf(onlyFile(folder))) };
}

function inRedis(): Opened {
  const url = emptyDatabase();
  return { ledger: redisLedger(url), told: async () => toldBy(await redisLines(url)) };
}

function toldBy(lines: readonly Line[]): Told[] {
  return lines.flatMap((line) => {
    if (line.kind !== 'begin') return [];
    const { n, time, kind, prev, hash, ...entry } = line;
    const end = lines.find((other) => other.kind === 'end' && other.begin === n);
    const task = lines.find((other) => other.kind === 'task' && other.begin === n);
    return [
      {
        entry,
        result: end?.kind === 'end' ? end.result : undefined,
        upid: end?.kind === 'end' ? end.upid : undefined,
        exitstatus: task?.kind === 'task' ? task.exitstatus : undefined,
      },
    ];
  });
}

const upid = (vmid: number) => `UPID:pve1:0000C0DE:00ABCDEF:6A000000:qmconfig:${vmid}:root@pam!mcp:`;

const ledgers: [string, () => Opened][] = [
  ['in memory', inMemory],
  ['in a file', inAFile],
  ...(withRedis ? [['in Redis', inRedis] satisfies [string, () => Opened]] : []),
];

describe.each(ledgers)('a ledger %s', (_, open) => {
  test('tells what was to be done, by whom, and who approved it', async () => {
    const { ledger, told } = open();
    const entry = { ...change(100, { cores: '4', net: ['a', 'b'] }), plan: 'c0ffee', approval: 'command' };
    await ledger.begin(entry);
    expect(await told()).toEqual([{ entry, result: undefined, upid: undefined, exitstatus: undefined }]);
  });

  test('tells how each change ended, in whatever order they do', async () => {
    const { ledger, told } = open();
    const one = await ledger.begin(change(100));
    const other = await ledger.begin(change(101));
    await ledger.ended(other, { failure: new Failure('forbidden', 'No.', 'Ask.') });
    await ledger.ended(one, {});
    expect((await told()).map(({ result }) => result)).toEqual(['ok', 'forbidden']);
  });

  test('tells how the task of a change ended', async () => {
    const { ledger, told } = open();
    const one = await ledger.begin(change(100));
    const other = await ledger.begin(change(101));
    await ledger.ended(one, { upid: upid(100) });
    await ledger.ended(other, { upid: upid(101) });
    await ledger.taskEnded(upid(101), 'command failed');
    await ledger.taskEnded(upid(100), 'OK');
    expect((await told()).map(({ exitstatus }) => exitstatus)).toEqual(['OK', 'command failed']);
  });

  test('lets be what it has not begun', async () => {
    const { ledger, told } = open();
    await ledger.ended('no such entry', {});
    await ledger.taskEnded(upid(999), 'OK');
    const entry = await ledger.begin(change(100));
    await ledger.ended(entry, {});
    await ledger.taskEnded(upid(999), 'OK');
    expect(await told()).toMatchObject([{ result: 'ok', upid: undefined, exitstatus: undefined }]);
  });

  test('keeps changes apart that begin at the same time', async () => {
    const { ledger, told } = open();
    const vmids = Array.from({ length: 50 }, (_, index) => 100 + index);
    const begun = await Promise.all(vmids.map((vmid) => ledger.begin(change(vmid))));
    expect(new Set(begun).size).toBe(50);
    await Promise.all(begun.map((entry, index) => ledger.ended(entry, { upid: upid(100 + index) })));
    expect((await told()).map(({ entry, upid: task }) => [entry.request.path, task])).toEqual(
      vmids.map((vmid) => [`/nodes/pve1/qemu/${vmid}/config`, upid(vmid)]),
    );
  });
});
