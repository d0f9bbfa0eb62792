import { appendFileSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { realDisk } from '../../src/state/ledger/disk.ts';
import { verifyFolder } from '../../src/state/ledger/verify.ts';
import { failureOf } from '../failure-of.ts';
import { stateFolder } from '../program.ts';
import { change, files, linesOf, onlyFile, openLedger } from './folder.ts';

/** What a look at the whole ledger finds wrong. */
async function wrong(stateDir: string): Promise<string[]> {
  const { problems } = await verifyFolder(join(stateDir, 'ledger'), realDisk);
  return problems.map(({ text }) => text);
}

test('nothing is made before the first change', async () => {
  const folder = join(stateFolder(), 'state');
  const ledger = openLedger(folder);
  expect(() => statSync(folder)).toThrow('ENOENT');
  await ledger.begin(change());
  expect(statSync(join(folder, 'ledger')).mode & 0o777).toBe(0o700);
  expect(statSync(onlyFile(folder)).mode & 0o777).toBe(0o600);
});

test('a change is on the disk when begin returns, before anything could be sent', async () => {
  const folder = stateFolder();
  const order: string[] = [];
  const open: typeof realDisk.open = async (...args) => {
    const handle = await realDisk.open(...args);
    const { write, datasync, sync } = handle;
    handle.write = ((...part: Parameters<typeof write>) => {
      order.push('write');
      return write.apply(handle, part);
    }) as typeof write;
    handle.datasync = () => {
      order.push('datasync');
      return datasync.call(handle);
    };
    handle.sync = () => {
      order.push('folder');
      return sync.call(handle);
    };
    return handle;
  };
  const ledger = openLedger(folder, { disk: { ...realDisk, open } });
  await ledger.begin(change());
  // The folder `ledger` in its parent, then the file's lines, then the file's name in the folder.
  expect(order).toEqual(['folder', 'write', 'datasync', 'folder']);
  order.length = 0;
  await ledger.begin(change());
  expect(order).toEqual(['write', 'datasync']);
  order.length = 0;
  await Promise.all(Array.from({ length: 20 }, () => ledger.begin(change())));
  // Those that come while the disk is busy go to it together.
  expect(order.length).toBeLessThanOrEqual(4);
});

test('its lines say who, what and how it went, each with the hash of the one before', async () => {
  const folder = stateFolder();
  const ledger = openLedger(folder);
  const entry = await ledger.begin(change(100, { cores: '4' }));
  await ledger.ended(entry, {
    failure: new Failure('timeout', 'No answer in 30 s.', 'Look.', { mayHaveRun: true }),
  });
  const [head, begin, end] = linesOf(onlyFile(folder));
  expect(head).toMatchObject({ n: 1, kind: 'head', version: '1.2.3', login: 'root@pam!mcp', links: [] });
  expect(head?.prev).toBe('0'.repeat(64));
  expect(begin).toMatchObject({ n: 2, kind: 'begin', ...change(100, { cores: '4' }), prev: head?.hash });
  expect(end).toMatchObject({ n: 3, begin: 2, result: 'timeout', mayHaveRun: true, prev: begin?.hash });
  expect(end).toMatchObject({ message: 'No answer in 30 s.' });
  expect(await wrong(folder)).toEqual([]);
});

test('servers share a folder, each with its own file, and each sees those before it', async () => {
  const folder = stateFolder();
  const servers = [1, 2, 3].map(() => openLedger(folder));
  await Promise.all(servers.map((ledger) => ledger.begin(change())));
  await Promise.all(servers.map((ledger) => ledger.begin(change())));
  await openLedger(folder).begin(change());
  await openLedger(folder).begin(change());
  expect(files(folder)).toHaveLength(5);
  expect(await wrong(folder)).toEqual([]);
  const links = files(folder).flatMap((path) =>
    linesOf(path).flatMap((line) => (line.kind === 'head' ? line.links : [])),
  );
  // Four of five are seen by another one; the newest can't be.
  expect(new Set(links.filter(({ n }) => n > 1).map(({ file }) => file)).size).toBe(4);
});

test('what a failure says is left out where the request held a secret, and what is no failure says nothing', async () => {
  const folder = stateFolder();
  const ledger = openLedger(folder);
  const entry = await ledger.begin(change(100, { cipassword: '[redacted]' }));
  await ledger.ended(entry, { failure: new Failure('refused', 'no such user: hunter2', 'Look.') });
  const other = await ledger.begin(change(100));
  await ledger.ended(other, { failure: new Error('hunter2') as Failure });
  const text = readFileSync(onlyFile(folder), 'utf8');
  expect(text).not.toContain('hunter2');
  expect(linesOf(onlyFile(folder)).flatMap((line) => (line.kind === 'end' ? line.result : []))).toEqual([
    'refused',
    'internal',
  ]);
});

test('a request that is too long to be read is refused', async () => {
  const folder = stateFolder();
  const ledger = openLedger(folder);
  const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`p${index}`, 'x'.repeat(4000)]));
  const failure = await failureOf(ledger.begin(change(100, many)));
  expect(failure.code).toBe('ledger');
  await ledger.begin(change());
  expect(await wrong(folder)).toEqual([]);
});

test('no state folder: no change, and the setting is named', async () => {
  const failure = await failureOf(openLedger(undefined).begin(change()));
  expect(failure.code).toBe('ledger');
  expect(failure.hint).toContain('MCP_STATE_DIR');
});

test.each([
  ['a file where the folder should be', (folder: string) => writeFileSync(join(folder, 'ledger'), '')],
  [
    'a state folder that is a file',
    (folder: string) => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, '');
    },
  ],
])('%s: no change, and what to do', async (_, prepare) => {
  const folder = stateFolder();
  prepare(folder);
  const ledger = openLedger(folder);
  const failure = await failureOf(ledger.begin(change()));
  expect(failure.code).toBe('ledger');
  expect(failure.hint).toContain('MCP_STATE_DIR');
  rmSync(folder, { recursive: true });
  await ledger.begin(change());
});

const EDITS: readonly [string, (text: string) => string, string][] = [
  ['a word is changed', (text) => text.replace('"cores":"4"', '"cores":"8"'), 'line 2, was changed'],
  ['a line is taken out', (text) => text.split('\n').toSpliced(1, 1).join('\n'), 'line 2, does not follow'],
  ['a line is put in', (text) => text.replace('\n', '\n{"n":2}\n'), 'line 2, is no line'],
  [
    'two lines change places',
    (text) => {
      const [head, one, other, ...rest] = text.split('\n');
      return [head, other, one, ...rest].join('\n');
    },
    'line 2, does not follow',
  ],
  [
    'its end is cut off',
    (text) => `${text.split('\n').slice(0, 3).join('\n')}\n`,
    'line 3, is the last line',
  ],
  ['it is emptied', () => '', 'is the last line'],
  ['a line feed is put at its end', (text) => `${text}\n`, 'is no line'],
];

test.each(EDITS)('another file, %s: no change until a person has looked', async (_, edit, says) => {
  const folder = stateFolder();
  const old = openLedger(folder);
  for (const cores of ['4', '5', '6']) await old.begin(change(100, { cores }));
  await openLedger(folder).begin(change());
  const [path = ''] = files(folder).filter((one) => readFileSync(one, 'utf8').includes('"cores":"4"'));
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, edit(text));

  const ledger = openLedger(folder);
  const failure = await failureOf(ledger.begin(change()));
  expect(failure.code).toBe('ledger');
  expect(failure.message).toContain(says);
  expect(failure.hint).toContain('audit --verify');
  // What was put right is right again.
  writeFileSync(path, text);
  await ledger.begin(change());
});

test.each([
  ['removed', (path: string) => rmSync(path), 'is missing'],
  ['renamed', (path: string) => renameSync(path, path.replace('.jsonl', '.old')), 'is missing'],
  [
    'under another date',
    (path: string) => renameSync(path, path.replace(/\/20\d\d-/, '/2001-')),
    'is not the head of',
  ],
])('another file is %s: no change until a person has looked', async (_, move, says) => {
  const folder = stateFolder();
  await openLedger(folder).begin(change());
  const path = onlyFile(folder);
  await openLedger(folder).begin(change());
  move(path);
  const failure = await failureOf(openLedger(folder).begin(change()));
  expect(failure.code).toBe('ledger');
  expect(failure.message).toContain(says);
});

test.each(EDITS)('its own file, %s: no further change until it is put right', async (_, edit) => {
  const folder = stateFolder();
  const ledger = openLedger(folder);
  for (const cores of ['4', '5', '6']) await ledger.begin(change(100, { cores }));
  const path = onlyFile(folder);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, edit(text));
  const failure = await failureOf(ledger.begin(change()));
  expect(failure.code).toBe('ledger');
  expect(failure.message).toContain('is broken');
  writeFileSync(path, text);
  await ledger.begin(change());
  expect(linesOf(path)).toHaveLength(5);
  expect(await wrong(folder)).toEqual([]);
});

test('its own file is gone: no further change until it is back', async () => {
  const folder = stateFolder();
  const ledger = openLedger(folder);
  await ledger.begin(change());
  const path = onlyFile(folder);
  renameSync(path, `${path}.away`);
  const failure = await failureOf(ledger.begin(change()));
  expect(failure.message).toContain('is gone');
  renameSync(`${path}.away`, path);
  await ledger.begin(change());
});

test('a backup that puts the same lines back, or a touch, is no break', async () => {
  const folder = stateFolder();
  const ledger = openLedger(folder);
  await ledger.begin(change());
  const path = onlyFile(folder);
  const text = readFileSync(path);
  rmSync(path);
  writeFileSync(path, text);
  await ledger.begin(change());
  expect(linesOf(path)).toHaveLength(3);
  expect(await wrong(folder)).toEqual([]);
});

test('the last line of another file was cut by a crash: changes go on', async () => {
  const folder = stateFolder();
  await openLedger(folder).begin(change());
  const path = onlyFile(folder);
  appendFileSync(path, '{"n":3,"time":"2026-11-22T20:4');
  await openLedger(folder).begin(change());
  const { files: found, problems } = await verifyFolder(join(folder, 'ledger'), realDisk);
  expect(problems).toEqual([]);
  expect(found.map(({ cut }) => cut).sort()).toEqual([false, true]);
});

test('a file that a crash left empty is no break', async () => {
  const folder = stateFolder();
  await openLedger(folder).begin(change());
  writeFileSync(join(folder, 'ledger', '2026-11-22T20-43-18Z-3f9a2c.jsonl'), '');
  await openLedger(folder).begin(change());
  expect(await wrong(folder)).toEqual([]);
});

test('a ledger that its user may not read stops changes, and says whose folder it is', async () => {
  const folder = stateFolder();
  const eacces = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const ledger = openLedger(folder, { disk: { ...realDisk, open: () => Promise.reject(eacces) } });
  const failure = await failureOf(ledger.begin(change()));
  expect(failure.code).toBe('ledger');
  expect(failure.message).toContain('EACCES');
  expect(failure.hint).toContain(folder);
});

test('a ledger of many lines, some long, is whole and read to its end', async () => {
  const folder = stateFolder();
  const ledger = openLedger(folder);
  const description = 'ä'.repeat(9000);
  await Promise.all(
    Array.from({ length: 200 }, (_, index) => ledger.begin(change(index + 100, { description }))),
  );
  const { files: found, problems } = await verifyFolder(join(folder, 'ledger'), realDisk);
  expect(problems).toEqual([]);
  expect(found.map(({ at }) => at.n)).toEqual([201]);
  await openLedger(folder).begin(change());
});
