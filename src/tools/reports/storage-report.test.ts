import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

interface Report {
  freeable: number;
  storages: { storage: string; node?: string; perDay?: number; fullInDays?: number }[];
  waste: { kind: string; volid: string; node?: string }[];
  calls: number;
  unseen: string[];
}

test('says what is nearly full and until when, and what lies there for nothing', async () => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text, data } = await call('storage_report', {});
  expect(text).toMatch(/^8 storages: 1 critical, .*; up to .* could be freed\n/);
  expect(text).toMatch(/CRITICAL nas is 100% full, and full in .* as it grows now .*a day \(last 30 d\)/);
  expect(text).toMatch(
    /WARNING 2 disks of guests that are gone: 90 GiB -> .*\n.*\nlocal-lvm:vm-151-disk-0 80 GiB, on pve2/,
  );
  expect(text).toMatch(/NOTE 1 disk kept unused .*\n.*\nlocal-lvm:vm-106-disk-1 .*unused0 of 106/);
  expect(text).toMatch(/NOTE 1 image or template .*\n.*\n.*ubuntu-24\.04\.3/);
  expect(text).toMatch(/NOTE 1 snapshot older than 30 days: .*before-dovecot of 103 mail, 203d/);
  const { waste, storages, calls } = data as unknown as Report;
  expect(waste).toContainEqual(
    expect.objectContaining({ kind: 'orphan', volid: 'local-lvm:vm-151-disk-0', node: 'pve2' }),
  );
  expect(waste.filter(({ kind }) => kind === 'unreferenced')).toEqual([]);
  expect(storages[0]).toMatchObject({ storage: 'nas', fullInDays: expect.any(Number) });
  const sent = simulator.received.filter(({ path }) =>
    /cluster\/(?:res|rep|next)|storage|config|snapshot/.test(path),
  );
  expect(calls).toBe(sent.length);
});

test('a disk that no config knows is found, and one that a snapshot knows is not', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const storage = cluster.storages.get('local-lvm');
  const lost = {
    content: 'images' as const,
    format: 'raw',
    size: 5 * 1024 ** 3,
    used: 0,
    ctime: 1,
    vmid: 100,
  };
  storage?.add('pve1', { ...lost, volid: 'local-lvm:vm-100-disk-7' });
  storage?.add('pve1', { ...lost, volid: 'local-lvm:vm-100-disk-8' });
  const [snapshot] = cluster.guests.get(100)?.snapshots ?? [];
  if (snapshot) snapshot.config.scsi5 = 'local-lvm:vm-100-disk-8,size=5G';
  const { text, data } = await call('storage_report', { storage: 'LOCAL-LVM' });
  expect(text).toMatch(
    /WARNING 1 disk that their guest does not know: 5 GiB -> .*\n.*\nlocal-lvm:vm-100-disk-7/,
  );
  const { waste, storages } = data as unknown as Report;
  expect(waste.filter(({ kind }) => kind === 'unreferenced')).toHaveLength(1);
  expect(new Set(storages.map((one) => one.storage))).toEqual(new Set(['local-lvm']));
});

test('a storage that is not there', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, isError } = await call('storage_report', { storage: 'ceph' });
  expect(isError).toBe(true);
  expect(text).toContain('The storages are: local, local-lvm, nas, tank.');
});

test('a node that is offline is not asked, and the disks of its guests are not called lost', async () => {
  const { call, cluster, simulator } = await connect({ seed: 'demo' });
  cluster.setOnline('pve2', false);
  const { text, data, isError } = await call('storage_report', {});
  expect(isError).toBe(false);
  expect(text).toMatch(/Not seen: .*local-lvm of pve2: the node is offline/);
  expect((data as unknown as Report).waste.map(({ volid }) => volid)).not.toContain(
    'nas:103/vm-103-disk-0.qcow2',
  );
  expect(simulator.received.filter(({ path }) => path.includes('/nodes/pve2/'))).toEqual([]);
});

test('guests that a login may not see are not taken for gone', async () => {
  const { call, cluster } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  cluster.access.acl.revoke('/', 'token', 'monitor@pve!ro', 'PVEAuditor');
  cluster.access.grant('/storage', 'token', 'monitor@pve!ro', 'PVEDatastoreAdmin');
  cluster.access.grant('/storage', 'user', 'monitor@pve', 'PVEDatastoreAdmin');
  cluster.access.grant('/nodes', 'token', 'monitor@pve!ro', 'PVEAuditor');
  const { data, isError } = await call('storage_report', {});
  expect(isError).toBe(false);
  const kinds = (data as unknown as Report).waste.map(({ kind, volid }) => `${kind} ${volid}`);
  expect(kinds.filter((one) => one.includes('vm-10'))).toEqual([]);
});

test('a thousand guests: the budget holds, and what was not looked into is said', async () => {
  const { call } = await connect({ simulator: createSimulator({ seed: 'demo', scale: 1000 }) });
  const { text, data } = await call('storage_report', {});
  expect(text.length).toBeLessThanOrEqual(8_000);
  expect(JSON.stringify(data).length).toBeLessThanOrEqual(8_000);
  expect(text).toContain('Not seen: configs of 800 guests: 200 are looked into at once');
  expect(text).toContain('Looked into 200 of 1000 guests');
});
