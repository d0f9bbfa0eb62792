import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realDisk } from '../../src/state/ledger/disk.ts';
import { verifyFolder } from '../../src/state/ledger/verify.ts';
import { failureOf } from '../failure-of.ts';
import { stateFolder } from '../program.ts';
import { failingDisk } from './failing-disk.ts';
import { change, files, linesOf, onlyFile, openLedger } from './folder.ts';

function opened() {
  const folder = stateFolder();
  const disk = failingDisk();
  return { folder, disk, ledger: openLedger(folder, { disk }) };
}

async function isWhole(stateDir: string): Promise<void> {
  const { problems } = await verifyFolder(join(stateDir, 'ledger'), realDisk);
  expect(problems).toEqual([]);
}

// Nothing fits, or a part of the line, which is some 400 bytes long.
test.each([0, 1, 300])(
  'a disk with room for %i bytes refuses a change, and takes the next when there is space',
  async (room) => {
    const { folder, disk, ledger } = opened();
    await ledger.begin(change(100));
    const before = readFileSync(onlyFile(folder), 'utf8');
    disk.room = room;
    const failure = await failureOf(ledger.begin(change(101)));
    expect(failure.code).toBe('ledger');
    expect(failure.message).toContain('full (ENOSPC)');
    expect(failure.hint).toContain('no restart is needed');
    expect(readFileSync(onlyFile(folder), 'utf8')).toBe(before);

    disk.room = Number.POSITIVE_INFINITY;
    await ledger.begin(change(102));
    const vmids = linesOf(onlyFile(folder)).flatMap((line) =>
      line.kind === 'begin' ? [line.request.path] : [],
    );
    expect(vmids).toEqual(['/nodes/pve1/qemu/100/config', '/nodes/pve1/qemu/102/config']);
    await isWhole(folder);
  },
);

test.each([0, 300])(
  'a disk that is full at the first change, with room for %i bytes, is left without a file',
  async (room) => {
    const { folder, disk, ledger } = opened();
    disk.room = room;
    expect((await failureOf(ledger.begin(change()))).message).toContain('full (ENOSPC)');
    expect(files(folder)).toEqual([]);
    disk.room = Number.POSITIVE_INFINITY;
    await ledger.begin(change());
    expect(linesOf(onlyFile(folder))).toHaveLength(2);
  },
);

test('the end of a change that a full disk did not take is written before the next change, and while it cannot be there is none', async () => {
  const { folder, disk, ledger } = opened();
  const entry = await ledger.begin(change(100));
  disk.room = 0;
  await ledger.ended(entry, { upid: 'UPID:pve1:1:' });
  await ledger.taskEnded('UPID:pve1:1:', 'OK');
  expect((await failureOf(ledger.begin(change(101)))).code).toBe('ledger');
  disk.room = Number.POSITIVE_INFINITY;
  await ledger.begin(change(102));
  const lines = linesOf(onlyFile(folder));
  expect(lines.map(({ kind }) => kind)).toEqual(['head', 'begin', 'end', 'task', 'begin']);
  expect(lines[2]).toMatchObject({ begin: 2, result: 'ok', upid: 'UPID:pve1:1:' });
  await isWhole(folder);
});

test.each(['datasync', 'sync'] as const)(
  'a disk that cannot keep what it took (%s) refuses the change',
  async (method) => {
    const { folder, disk, ledger } = opened();
    disk.broken.set(method, 'EIO');
    const failure = await failureOf(ledger.begin(change(100)));
    expect(failure.code).toBe('ledger');
    expect(failure.message).toContain('EIO');
    disk.broken.clear();
    await ledger.begin(change(101));
    expect(linesOf(onlyFile(folder))).toHaveLength(2);
    await isWhole(folder);
  },
);

test('where a part of a line cannot be taken back, the next change begins a new file that knows where the old one ended', async () => {
  const { folder, disk, ledger } = opened();
  const entry = await ledger.begin(change(100));
  disk.room = 300;
  disk.broken.set('truncate', 'EPERM');
  expect((await failureOf(ledger.begin(change(101)))).message).toContain('ENOSPC');
  disk.room = Number.POSITIVE_INFINITY;
  await ledger.ended(entry, {});
  await ledger.begin(change(102));
  expect(files(folder)).toHaveLength(2);
  const [old, young] = files(folder)
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
    .sort((one) => (one.text.endsWith('\n') ? 1 : -1));
  const [head, end] = linesOf(young?.path ?? '');
  const name = old?.path.split('/').at(-1);
  expect(head).toMatchObject({ links: [{ file: name, n: 2 }] });
  expect(end).toMatchObject({ kind: 'end', file: name, begin: 2, result: 'ok' });
  await isWhole(folder);
});

test('many changes at once on a full disk are all refused, and none is half written', async () => {
  const { folder, disk, ledger } = opened();
  await ledger.begin(change(100));
  disk.room = 5000;
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) => ledger.begin(change(200 + index))),
  );
  const taken = results.filter(({ status }) => status === 'fulfilled').length;
  expect(taken).toBeLessThan(40);
  expect(linesOf(onlyFile(folder)).filter(({ kind }) => kind === 'begin')).toHaveLength(1 + taken);
  disk.room = Number.POSITIVE_INFINITY;
  await ledger.begin(change(300));
  await isWhole(folder);
});
