import { expect, test } from 'vitest';
import { readUpid, writeUpid } from './upid.ts';

// Recorded on PVE 9.2.
const recorded = 'UPID:pve:0000053C:00055B55:6B031A52:download:dl.iso:root@pam!lab:';

test('a task id is read into its parts and written back', () => {
  const parts = readUpid(recorded);
  expect(parts).toEqual({
    ...{ node: 'pve', pid: 1340, pstart: 351061, starttime: 1795365458 },
    ...{ type: 'download', id: 'dl.iso', authid: 'root@pam!lab' },
  });
  expect(parts && writeUpid(parts)).toBe(recorded);
});

test.each(['UPID:garbage', '', 'UPID:pve:1:2:3:qmstart:100:root@pam:', `${recorded}x`])(
  '%j is none',
  (text) => {
    expect(readUpid(text)).toBeUndefined();
  },
);
