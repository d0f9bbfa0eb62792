import { expect, test } from 'vitest';
import { lastRun } from './schedule.ts';

const at = (text: string) => Date.parse(text) / 1000;
const said = (seconds: number | undefined) =>
  seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().slice(0, 16);

// 2026-11-22 was a Sunday.
test.each([
  ['02:30', '2026-11-22T16:00Z', '2026-11-22T02:30'],
  ['02:30', '2026-11-22T02:29Z', '2026-11-21T02:30'],
  ['daily', '2026-11-22T16:00Z', '2026-11-22T00:00'],
  ['hourly', '2026-11-22T16:12Z', '2026-11-22T16:00'],
  ['weekly', '2026-11-22T16:00Z', '2026-11-16T00:00'],
  ['sat 03:00', '2026-11-22T16:00Z', '2026-11-21T03:00'],
  ['mon..fri 8..17:0/15', '2026-11-22T16:00Z', '2026-11-20T17:45'],
  ['fri..mon 01:00', '2026-11-19T16:00Z', '2026-11-16T01:00'],
  ['*-*-1 02:00', '2026-11-22T16:00Z', '2026-11-01T02:00'],
  ['yearly', '2026-11-22T16:00Z', '2026-01-01T00:00'],
  ['*/2:00', '2026-11-22T15:59Z', '2026-11-22T14:00'],
  ['30', '2026-11-22T15:10Z', '2026-11-22T14:30'],
])('%s was due last before %s at %s', (schedule, until, expected) => {
  expect(said(lastRun(schedule, at(until), undefined))).toBe(expected);
});

test('the time zone is told by what is due next: 02:30 in Vienna is 01:30 UTC', () => {
  const next = at('2026-11-23T01:30Z');
  expect(said(lastRun('02:30', at('2026-11-22T16:00Z'), next))).toBe('2026-11-22T01:30');
});

test('what can not be read gives nothing', () => {
  expect(lastRun('when it rains', at('2026-11-22T16:00Z'), undefined)).toBeUndefined();
});
