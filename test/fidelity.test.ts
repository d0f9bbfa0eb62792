import { beforeAll, expect, test } from 'vitest';
import { misses } from './fidelity/misses.ts';
import { readAll } from './fidelity/recordings.ts';
import { replayAll } from './fidelity/replay.ts';

// Recorded on PVE 9.2. What was done off the record is in fidelity/prepare-*.ts.
const names = readAll().map(({ name }) => name);
let found: Map<string, string[]>;

beforeAll(async () => {
  found = await replayAll();
});

test.each(names.filter((name) => !(name in misses)))('%s', (name) => {
  expect(found.get(name)).toEqual([]);
});

test.each(Object.keys(misses))('%s differs, and the reason still holds', (name) => {
  expect(found.get(name)?.length).toBeGreaterThan(0);
});

test('nearly everything matches', () => {
  expect(names).toHaveLength(418);
  expect(Object.keys(misses).length).toBeLessThanOrEqual(41);
});
