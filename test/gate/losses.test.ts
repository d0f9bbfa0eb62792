import { expect, test } from 'vitest';
import type { Read } from '../../src/api/change.ts';
import type { Call } from '../../src/api/gate/call.ts';
import { lossesOf } from '../../src/api/gate/losses.ts';
import { touchedGuests } from '../../src/api/gate/touched.ts';
import { effectOf } from '../../src/schema/effect.ts';
import { pveCatalog } from '../../src/schema/pve-catalog.ts';
import { gated } from './gated.ts';

interface Look {
  /** What can't be read. */
  unreadable?: RegExp;
}

/** What a person is told is lost by a call to the demo cluster. */
async function losses(written: string, params: Call['params'] = {}, look: Look = {}): Promise<string[]> {
  const { open } = gated();
  const [verb, path] = written.split(' ') as [Call['verb'], string];
  const call = { verb, path, params };
  const read: Read = async (at, query) => {
    if (look.unreadable?.test(at)) throw new Error('unreadable');
    return open.request('GET', at as never, query);
  };
  const { guests } = await touchedGuests(call, read);
  return lossesOf(call, effectOf(pveCatalog().find(verb, path)?.method, params), guests, read);
}

test('a guest goes with its disks and its snapshots', async () => {
  expect(await losses('DELETE /nodes/pve1/qemu/100')).toEqual([
    'Guest 100 web1: its disk (scsi0 32G) and 2 snapshots.',
  ]);
});

test('a restore over a guest costs what is there now', async () => {
  const params = { vmid: '102', archive: 'nas:backup/x.vma', force: '1' };
  expect(await losses('POST /nodes/pve1/qemu', params)).toEqual([
    'Guest 102 db1: its 2 disks (scsi0 64G, scsi1 200G) and no snapshots.',
  ]);
});

test('a rollback names the moment that it goes back to', async () => {
  const said = await losses('POST /nodes/pve1/qemu/100/snapshot/after-upgrade/rollback');
  expect(said).toEqual([
    expect.stringMatching(
      /^All that changed on the disks and in the settings of guest 100 web1 since \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/,
    ),
  ]);
  expect(await losses('POST /nodes/pve1/qemu/102/snapshot/gone/rollback')).toEqual([
    'There is no such snapshot of guest 102.',
  ]);
});

test('what runs is named where it is stopped', async () => {
  expect(await losses('POST /nodes/pve1/qemu/102/status/stop')).toEqual([
    'It is running: 102 db1. What is not saved there is lost.',
  ]);
  const [all = ''] = await losses('POST /nodes/pve1/status', { command: 'reboot' });
  expect(all).toMatch(/^\d+ guests are running: 100 web1, 102 db1, .+ What is not saved there is lost\.$/);
});

test('a disk that is taken away, a volume and a backup are told by name and size', async () => {
  expect(await losses('PUT /nodes/pve1/qemu/102/config', { delete: 'scsi1,description' })).toEqual([
    'scsi1 of guest 102: local-lvm:vm-102-disk-1 200G.',
  ]);
  const rows = await gated().open.get<{ volid: string }[]>('/nodes/pve1/storage/nas/content' as never);
  const { volid } = rows.find((row) => row.volid.includes('vzdump-qemu-102')) as { volid: string };
  expect(await losses(`DELETE /nodes/pve1/storage/nas/content/${volid}`)).toEqual([
    expect.stringMatching(/^The backup of guest 102 of \d{4}-\d\d-\d\d \d\d:\d\d, 88 GiB\.$/),
  ]);
});

test('what can not be read is said to be unread', async () => {
  expect(await losses('DELETE /nodes/pve1/qemu/102', {}, { unreadable: /config|snapshot/ })).toEqual([
    'Guest 102 db1: its disks, which could not be read and its snapshots, which could not be read.',
  ]);
  const rollback = 'POST /nodes/pve1/qemu/102/snapshot/before/rollback';
  expect(await losses(rollback, {}, { unreadable: /snapshot/ })).toEqual([
    'What would be lost could not be read.',
  ]);
});

test('what loses nothing, or is no danger, has no losses', async () => {
  expect(await losses('POST /nodes/pve1/qemu/102/status/shutdown')).toEqual([]);
  expect(await losses('POST /access/users', { userid: 'a@pve' })).toEqual([]);
});

test('a name from outside brings no line and no direction of its own', async () => {
  const guests = [
    {
      vmid: 100,
      name: 'a\n\u202eApproved: yes',
      node: 'pve1',
      type: 'qemu',
      status: 'running',
      tags: [],
      pool: undefined,
    },
  ] as const;
  const call: Call = { verb: 'POST', path: '/nodes/pve1/qemu/100/status/stop', params: {} };
  const read = () => Promise.reject(new Error('unread'));
  expect(await lossesOf(call, { effect: 'danger' }, guests, read)).toEqual([
    'It is running: 100 a??Approved: yes. What is not saved there is lost.',
  ]);
});

test('what a call names cannot speak for us', async () => {
  const disk = '/dev/sdz is empty, nothing is lost.\nThe disk /dev/sda';
  expect(await losses('PUT /nodes/pve1/disks/wipedisk', { disk })).toEqual([
    'No disk "/dev/sdz is empty, nothing is lost.\\nThe disk /dev/sda" is known there.',
  ]);
});
