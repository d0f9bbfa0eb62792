import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Texts and shapes recorded on PVE 9.2.
const local = '/nodes/pve1/storage/local';

test('a storage has a config, a status on each node, and figures in the list', async () => {
  const { data, refusal } = lab();
  expect(await data('GET /storage/local')).toMatchObject({
    storage: 'local',
    type: 'dir',
    path: '/var/lib/vz',
  });
  expect(await refusal('GET /storage/nope')).toEqual([500, "storage 'nope' does not exist"]);
  const status = await data(`GET ${local}/status`);
  expect(status).toEqual({
    ...{ type: 'dir', content: 'iso,vztmpl,backup,snippets', active: 1, enabled: 1, shared: 0 },
    ...{ total: 94 * 1024 ** 3, used: expect.any(Number), avail: expect.any(Number) },
  });
  expect(status.used + status.avail).toBe(status.total);
  const rows = await data('GET /nodes/pve1/storage');
  expect(rows.map(({ storage }: { storage: string }) => storage)).toEqual(['local', 'local-lvm']);
  expect(rows[0].used_fraction).toBeCloseTo(status.used / status.total, 6);
});

test('storages are added once, changed but for what is fixed, and removed', async () => {
  const { call, refusal, data } = lab();
  const extra = { storage: 'extra', type: 'dir', path: '/srv/extra', content: 'images,iso' };
  expect((await call('POST /storage', extra)).json).toEqual({ data: { storage: 'extra', type: 'dir' } });
  expect(await refusal('POST /storage', extra)).toEqual([
    500,
    "create storage failed: storage ID 'extra' already defined",
  ]);
  expect((await refusal('PUT /storage/extra', { path: '/other' }))[0]).toBe(400);
  await call('PUT /storage/extra', { content: 'iso' });
  expect((await data('GET /storage/extra')).content).toBe('iso');
  expect((await call('DELETE /storage/extra')).json).toEqual({ data: null });
  expect(await refusal('DELETE /storage/extra')).toEqual([
    500,
    "delete storage failed: storage 'extra' does not exist",
  ]);
});

test('content is listed by kind and owner', async () => {
  const { data } = lab();
  const [iso] = await data(`GET ${local}/content?content=iso`);
  expect(iso).toEqual({
    ...{ volid: 'local:iso/debian-13.2.0-amd64-netinst.iso', content: 'iso', format: 'iso' },
    ...{ size: 783_000_000, ctime: expect.any(Number) },
  });
  const disks = await data('GET /nodes/pve1/storage/local-lvm/content?vmid=101');
  expect(disks).toEqual([
    expect.objectContaining({
      volid: 'local-lvm:vm-101-disk-0',
      content: 'rootdir',
      format: 'raw',
      vmid: 101,
    }),
  ]);
});

test('a volume is allocated, deleted, and deleted once more without complaint', async () => {
  const { data, task, refusal } = lab();
  const fields = { vmid: 101, filename: 'vm-101-disk-7.raw', size: '10M' };
  expect(await data(`POST ${local}/content`, fields)).toBe('local:101/vm-101-disk-7.raw');
  expect(await data(`POST ${local}/content`, { ...fields, filename: 'foo.raw' })).toBe('local:101/foo.raw');
  expect(await refusal(`POST ${local}/content`, { ...fields, size: '10x' })).toEqual([
    400,
    expect.objectContaining({ size: expect.any(String) }),
  ]);
  const line = `DELETE ${local}/content/local:101/vm-101-disk-7.raw`;
  const first = await task(line);
  expect(first.upid).toContain(':imgdel:101@local:');
  expect(first.log).toEqual(["Removed volume 'local:101/vm-101-disk-7.raw'", 'TASK OK']);
  expect((await task(line)).log).toEqual([
    "disk image '/var/lib/vz/images/101/vm-101-disk-7.raw' does not exist",
    "Removed volume 'local:101/vm-101-disk-7.raw'",
    'TASK OK',
  ]);
});

test('a volume that is not there has no format', async () => {
  const { refusal } = lab();
  expect(await refusal(`GET ${local}/content/local:iso/none.iso`)).toEqual([
    500,
    "volume_size_info on 'local:iso/none.iso' failed - no format",
  ]);
});

test('whoever only reads sees images and templates, no backups', async () => {
  const { data } = lab('demo');
  const kinds = async (as: string) =>
    new Set(
      (await data('GET /nodes/pve1/storage/nas/content', undefined, as)).map(
        ({ content }: { content: string }) => content,
      ),
    );
  expect(await kinds('root@pam!full')).toEqual(new Set(['backup', 'images', 'iso', 'vztmpl']));
  expect(await kinds('monitor@pve!ro')).toEqual(new Set(['iso', 'vztmpl']));
});

test.each([
  ['import-metadata?volume=vm-100-disk-0', 'storage does not support the importer API'],
  ['identity', /^get_identity not implemented for this plugin at /],
])('local-lvm has no %s (from the sources of PVE 9.2)', async (what, words) => {
  const { refusal } = lab();
  expect(await refusal(`GET /nodes/pve1/storage/local-lvm/${what}`)).toEqual([
    500,
    expect.stringMatching(words),
  ]);
});
