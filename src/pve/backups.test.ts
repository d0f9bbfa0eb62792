import { expect, test } from 'vitest';
import type { Api } from '../api/api.ts';
import { backupsAt, typeOf } from './backups.ts';

test('what a Backup Server says beside: encrypted, verified; fields as its schema of PVE 9.2 has them', async () => {
  const volid = 'pbs:backup/ct/200/2026-11-22T02:00:00Z';
  const rows = [
    { volid: 'pbs:backup/vm/100/2026-11-21T02:00:00Z', vmid: 100, ctime: 1, size: 5, subtype: 'qemu' },
    {
      ...{ volid, vmid: '200', ctime: 2, protected: 1, encrypted: 'aa:bb', notes: 'dns' },
      verification: { state: 'ok', upid: 'x' },
    },
  ];
  const api = { get: async () => rows } as unknown as Api;
  expect(await backupsAt(api, { storage: 'pbs', node: 'pve1' })).toEqual([
    {
      ...{ volid, storage: 'pbs', node: 'pve1', vmid: 200, type: 'lxc', ctime: 2, notes: 'dns' },
      ...{ protected: true, encrypted: true, verified: 'ok' },
    },
    expect.objectContaining({ vmid: 100, type: 'qemu', encrypted: false, protected: false }),
  ]);
});

test('the kind of guest is told by the name, where nothing else does', () => {
  expect(typeOf('local:backup/vzdump-lxc-101-2026_11_22-02_00_00.tar.zst')).toBe('lxc');
  expect(typeOf('local:backup/vzdump-qemu-100-2026_11_22-02_00_00.vma')).toBe('qemu');
  expect(typeOf('local:backup/other.tar')).toBeUndefined();
});
