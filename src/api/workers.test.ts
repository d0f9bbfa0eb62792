import { expect, test } from 'vitest';
import { pveCatalog } from '../schema/pve-catalog.ts';
import { workers } from '../schema/workers.ts';
import { expectedTask } from './expected-task.ts';

/** Calls that answer with a text that is no UPID, by PVE's own sources. */
const noTask = [
  'POST /access/openid/auth-url',
  'POST /cluster/sdn/lock',
  'POST /nodes/{node}/qemu/{vmid}/monitor',
  'POST /nodes/{node}/replication/{id}/schedule_now',
  'POST /nodes/{node}/storage/{storage}/content',
  'POST /nodes/{node}/wakeonlan',
];

test('every call that the description says answers with a text is known, and nothing else', () => {
  const methods = pveCatalog().methods.filter(
    ({ method, returns }) => method !== 'GET' && returns?.type === 'string',
  );
  const texts = methods.map(({ method, path }) => `${method} ${path}`);
  expect([...Object.keys(workers), ...noTask].sort()).toEqual(texts.sort());
});

// Type and id as recorded on PVE 9.2.
test.each([
  ['POST', '/nodes/pve/qemu/102/status/start', {}, 'qmstart', '102'],
  ['POST', '/nodes/pve/qemu/102/clone', { newid: 104 }, 'qmclone', '102'],
  ['POST', '/nodes/pve/qemu', { vmid: 191 }, 'qmcreate', '191'],
  ['POST', '/nodes/pve/qemu', { vmid: '110', archive: 'local:backup/x.vma' }, 'qmrestore', '110'],
  ['POST', '/nodes/pve/lxc', { vmid: 200 }, 'vzcreate', '200'],
  ['PUT', '/nodes/pve/qemu/100/resize', { disk: 'scsi0', size: '1G' }, 'resize', '100'],
  ['POST', '/nodes/pve/vzdump', { vmid: '200' }, 'vzdump', '200'],
  ['POST', '/nodes/pve/vzdump', { vmid: '200,201' }, 'vzdump', ''],
  ['POST', '/nodes/pve/vzdump', { all: 1 }, 'vzdump', ''],
  ['DELETE', '/nodes/pve/storage/local/content/local:101/vm-101-disk-0.raw', {}, 'imgdel', '101@local'],
  ['DELETE', '/nodes/pve/storage/local/content/local%3Aiso%2Fa.iso', {}, 'imgdel', 'local'],
  ['POST', '/nodes/pve/storage/local/upload', {}, 'imgcopy', ''],
  ['POST', '/nodes/pve/storage/local/download-url', { filename: 'dl.iso' }, 'download', 'dl.iso'],
  ['POST', '/nodes/pve/startall', {}, 'startall', ''],
])('%s %s %o begins a %s of %s', (verb, path, params, type, id) => {
  const task = expectedTask(verb, path, params);
  expect(task?.node).toBe('pve');
  expect(task?.types).toContain(type);
  expect(task?.isAbout(id)).toBe(true);
});

test('a task about something else is another one', () => {
  const about = (verb: string, path: string, params = {}) => expectedTask(verb, path, params)?.isAbout('101');
  expect(about('POST', '/nodes/pve/qemu/102/status/start')).toBe(false);
  expect(about('POST', '/nodes/pve/qemu', { vmid: 191 })).toBe(false);
  expect(about('DELETE', '/nodes/pve/storage/local/content/local:iso/a.iso')).toBe(false);
});

test.each([
  ['PUT', '/nodes/pve/qemu/102/config'],
  ['POST', '/pools'],
  ['DELETE', '/nodes/pve/qemu'],
  ['GET', '/nodes/pve/qemu'],
])('%s %s begins none', (verb, path) => {
  expect(expectedTask(verb, path, {})).toBeUndefined();
});
