import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';
import { Guest } from '../../simulator/world/guest.ts';

test('the newest backup of a guest becomes a new guest, with its own addresses and the same disks', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const { text, data } = await call('restore_backup', { backup: 'web1', name: 'web1-copy', start: 'yes' });
  const vmid = Number(data?.vmid);
  expect([100, 101, 102]).not.toContain(vmid);
  expect(text.split('\n')).toEqual([
    expect.stringMatching(
      new RegExp(
        `^Restored to ${vmid} on pve1: nas:backup/vzdump-qemu-100-\\S+, taken .* UTC \\(14h 24m ago\\)$`,
      ),
    ),
    'Its network cards have new MAC addresses.',
    'Both run now: addresses that are set by hand in them are the same, which disturbs both.',
    'It is running.',
  ]);
  expect(data).toMatchObject({ type: 'qemu', state: 'done', unique: true, started: true });
  const [old, made] = [cluster.guests.get(100), cluster.guests.get(vmid)];
  expect(made?.config).toMatchObject({
    ...{ name: 'web1-copy', memory: old?.config.memory, cores: old?.config.cores },
    scsi0: `local-lvm:vm-${vmid}-disk-0,size=32G`,
  });
  expect(made?.config.net0).not.toBe(old?.config.net0);
});

test('a guest that is gone comes back as it was: with its VMID and its addresses', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const before = { ...cluster.guests.get(200)?.config };
  cluster.removeGuest(200);
  const { text, data } = await call('restore_backup', { backup: 'dns' });
  expect(text).toMatch(/^Restored to 200 on pve1: .*\nIt is stopped: power_guest guests=200 action=start\.$/);
  expect(data).toMatchObject({ vmid: 200, unique: false });
  expect(cluster.guests.get(200)?.config.net0).toBe(before.net0);
  expect(cluster.guests.get(200)?.config.hostname).toBe('dns');
});

test('what was backed up just now is what comes back', async () => {
  const { call, cluster } = await connect();
  const { data } = await call('backup_guest', { guests: '100' });
  const [{ volid } = { volid: '' }] = (data?.guests ?? []) as { volid: string }[];
  await call('restore_backup', { backup: volid, vmid: '150' });
  const [old, made] = [cluster.guests.get(100)?.config, cluster.guests.get(150)?.config];
  for (const key of ['name', 'memory', 'cores', 'tags', 'boot', 'ostype'])
    expect(made?.[key], key).toBe(old?.[key]);
  expect(cluster.storages.get('local-lvm')?.get('pve1', 'local-lvm:vm-150-disk-0')?.size).toBe(
    16 * 1024 ** 3,
  );
});

test('a VMID that is taken: what would be lost is said first; a running guest is not overwritten', async () => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const taken = await call('restore_backup', { backup: '100', vmid: 100 });
  expect(taken.text).toMatch(
    /^Error \(exists\): VMID 100 is taken by 100 web1 \(running on pve1\)\.\nWhat to do: Leave vmid out for a new one\. With overwrite=true this is lost for good: 100 web1 with all that was written since .* UTC: disks scsi0 32G; snapshots before-upgrade, after-upgrade\./,
  );
  const runs = await call('restore_backup', { backup: '100', vmid: 100, overwrite: true });
  expect(runs.text).toMatch(
    /^Error \(wrong_state\): 100 web1 is running.*\n.*power_guest guests=100 action=shutdown/,
  );
  expect(changesAt(simulator)).toEqual([]);
});

test('over an existing guest where that was said, after a person agreed', async () => {
  const house = await served({ seed: 'demo', policy: { approve: 'danger' } });
  const { world } = house.simulator;
  world.guests.get(100)?.power('stopped', world.now());
  world.guests.get(100)?.set({ name: 'broken' });
  const { call, asked } = await withPerson(house, 'modern', () => YES);
  const fresh = await call('restore_backup', { backup: '100' });
  expect([fresh.isError, asked.length], fresh.text).toEqual([false, 0]);
  const { text, isError } = await call('restore_backup', { backup: '100', vmid: 100, overwrite: true });
  expect(isError, text).toBe(false);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.message).toContain('2 snapshots');
  expect(text).toMatch(/Lost with it: 100 broken with all that was written since/);
  expect(world.guests.get(100)?.config.name).toBe('web1');
});

test.each([
  [{ backup: 'nobody' }, /There is no backup of nobody .*\n.*There are backups of: 100, 101/],
  [{ backup: '105' }, /There is no backup of 105/],
  [
    { backup: 'nas:backup/vzdump-qemu-1-2020_01_01-00_00_00.vma.zst' },
    /There is no backup nas:.*\n.*The newest on nas: /,
  ],
  [{ backup: 'tape:backup/x' }, /Storages with backups: local, nas|Storages with backups: nas, local/],
  [{ backup: '100', vmid: 104, overwrite: true, node: 'pve1' }, /stands on pve3, not on pve1/],
  [{ backup: '200', vmid: 106, overwrite: true }, /106 legacy-erp is a VM and the backup is of a container/],
  [{ backup: '100', overwrite: true }, /Which guest is to be overwritten\?/],
  [{ backup: '100', node: 'pve9' }, /There is no node pve9/],
  [
    { backup: '100', storage: 'local' },
    /Storage local on pve1 takes no disks of a VM.*\n.*These do: local-lvm, nas/,
  ],
  [
    { backup: '104', node: 'pve1' },
    /On pve1 there is no storage for scsi0 \(was on tank\)\.\n.*Give storage: local-lvm, nas/,
  ],
  [{ backup: '100', vmid: 7 }, /vmid must be a whole number from 100/],
])('%o is refused in a plain sentence, before anything is done', async (args, words) => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text, isError } = await call('restore_backup', args);
  expect([isError, words.test(text)], text).toEqual([true, true]);
  expect(changesAt(simulator)).toEqual([]);
});

test('a restore that fails leaves nothing, and says so', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const storage = cluster.storages.get('local-lvm');
  if (storage) storage.full = true;
  const { text } = await call('restore_backup', { backup: '100', vmid: 150 });
  expect(text).toMatch(/^Error \(task_failed\): .*\n.*\n.*not enough free space in thin pool/);
  expect(text).toContain('Nothing of it is left.');
  expect(cluster.guests.has(150)).toBe(false);
});

test('a long one is handed back, and Proxmox starts the guest by itself', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, data } = await call('restore_backup', { backup: '102', start: true });
  expect(text).toMatch(
    /^Restore to \d+ on pve1 STILL RUNNING: .* Proxmox starts the guest when it is done\.\n|^Restored/,
  );
  expect(data?.upid).toMatch(/^UPID:pve1:/);
});

test('a VMID that another takes between asking and restoring: the next one is taken', async () => {
  const simulator = createSimulator({ seed: 'demo' });
  let taken = 0;
  const { call } = await connect({
    simulator,
    send: async (request) => {
      if (request.method === 'POST' && taken === 0 && /\/qemu$/.test(request.path)) {
        taken = Number(/vmid=(\d+)/.exec(String(request.body))?.[1]);
        simulator.world.addGuest(new Guest(taken, 'lxc', 'pve1', { hostname: 'quick' }));
      }
      return simulator.fetch(request);
    },
  });
  const { data, text } = await call('restore_backup', { backup: '100' });
  expect(data?.state, text).toBe('done');
  expect(data?.vmid).toBe(taken + 1);
});
