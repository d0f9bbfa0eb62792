import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { lab } from './lab.ts';

const template = 'http://download.proxmox.com/images/system/alpine-3.22-default_20250617_amd64.tar.xz';
const iso = 'https://cdimage.debian.org/debian-cd/current/amd64/iso-cd/debian-13.2.0-amd64-netinst.iso';
const line = 'POST /nodes/pve1/storage/local/download-url';
const metadata = (url: string) => `GET /nodes/pve1/query-url-metadata?url=${encodeURIComponent(url)}`;

test('the metadata of a URL', async () => {
  const { data, refusal } = lab();
  expect(await data(metadata(iso))).toEqual({
    filename: 'debian-13.2.0-amd64-netinst.iso',
    size: 783_286_272,
    mimetype: 'application/x-iso9660-image',
  });
  // Recorded on PVE 9.2.
  expect(await refusal(metadata('http://127.0.0.1:1/x.iso'))).toEqual([
    500,
    "invalid server response: '500 Can't connect to 127.0.0.1:1 (Connection refused)'",
  ]);
  expect(await refusal(metadata('ftp://x/y'))).toEqual([400, { url: expect.stringContaining('regex') }]);
});

test('a download that is refused by its server fails as recorded', async () => {
  const { task } = lab();
  const form = { content: 'iso', filename: 'dl.iso', url: 'http://127.0.0.1:1/x.iso' };
  const { upid, exitstatus, log } = await task(line, form);
  const error = 'download failed: Connecting to 127.0.0.1:1... failed: Connection refused.';
  expect(upid).toContain(':download:dl.iso:');
  expect(exitstatus).toBe(error);
  expect(log).toEqual([
    'downloading http://127.0.0.1:1/x.iso to /var/lib/vz/template/iso/dl.iso',
    expect.stringMatching(/^--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d-- {2}http:\/\/127\.0\.0\.1:1\/x\.iso$/),
    `TASK ERROR: ${error}`,
  ]);
});

test('a download tells how far it is, and is there when it ends', async () => {
  const { task, world } = lab();
  const { exitstatus, log } = await task(line, { content: 'iso', filename: 'new.iso', url: iso });
  expect(exitstatus).toBe('OK');
  const percents = log.flatMap((text) => /(\d+)%/.exec(text)?.[1] ?? []).map(Number);
  expect(percents.at(-1)).toBe(100);
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  expect(world.storages.get('local')?.get('pve1', 'local:iso/new.iso')?.size).toBe(783_286_272);
});

test('nothing is overwritten, but what is the right file already is enough', async () => {
  const { task } = lab();
  const form = { content: 'vztmpl', filename: 'alpine.tar.xz', url: template };
  await task(line, form);
  expect((await task(line, form)).exitstatus).toBe(
    "refusing to override existing file '/var/lib/vz/template/cache/alpine.tar.xz'",
  );
  const checksum = createHash('sha512').update(template).digest('hex');
  const again = await task(line, { ...form, checksum, 'checksum-algorithm': 'sha512' });
  expect(again).toMatchObject({ exitstatus: 'OK' });
  expect(again.log).toContain(
    'calculating checksum of existing file...OK, got correct file already, no need to download',
  );
});

test('a wrong checksum ends the task, and nothing is stored', async () => {
  const { task, world } = lab();
  const form = { content: 'vztmpl', filename: 'a.tar.xz', url: template };
  const { exitstatus } = await task(line, { ...form, checksum: 'ab', 'checksum-algorithm': 'md5' });
  const got = createHash('md5').update(template).digest('hex');
  expect(exitstatus).toBe(`checksum mismatch: got '${got}' != expect 'ab'`);
  expect(world.storages.get('local')?.get('pve1', 'local:vztmpl/a.tar.xz')).toBeUndefined();
});

test.each([
  ['local', { content: 'iso', filename: 'a.txt' }, [400, { filename: 'wrong file extension' }]],
  ['nope', { content: 'iso', filename: 'a.iso' }, [500, "storage 'nope' does not exist"]],
  [
    'local',
    { content: 'import', filename: 'a.qcow2' },
    [500, "storage 'local' is not configured for content-type 'import'"],
  ],
  [
    'local-lvm',
    { content: 'iso', filename: 'a.iso' },
    [500, "can't upload to storage type 'lvmthin', not a file based storage!"],
  ],
])('on %s, %j is refused', async (storage, form, expected) => {
  const { refusal } = lab();
  const path = `POST /nodes/pve1/storage/${storage}/download-url`;
  expect(await refusal(path, { ...form, url: iso })).toEqual(expected);
});

test.each([
  ['https://cdimage.debian.org/nope.iso', /^download failed: .* ERROR 404: Not Found\.$/],
  [
    'https://nosuch.example/a.iso',
    /^download failed: wget: unable to resolve host address 'nosuch\.example'$/,
  ],
])('%s fails in the task', async (url, error) => {
  const { task } = lab();
  expect((await task(line, { content: 'iso', filename: 'a.iso', url })).exitstatus).toMatch(error);
});

test('a template of the list is downloaded, and compared where it is there already', async () => {
  const { data, task, world } = lab('demo');
  const list = await data('GET /nodes/pve1/aplinfo');
  expect(list).toContainEqual(
    expect.objectContaining({ package: 'debian-12-standard', type: 'lxc', section: 'system' }),
  );
  const order = { storage: 'local', template: 'debian-12-standard_12.12-1_amd64.tar.zst' };
  const { upid, exitstatus } = await task('POST /nodes/pve1/aplinfo', order);
  expect(upid).toContain(`:download:${order.template}:`);
  expect(exitstatus).toBe('OK');
  expect(world.storages.get('local')?.get('pve1', `local:vztmpl/${order.template}`)?.format).toBe('tzst');
  expect((await task('POST /nodes/pve1/aplinfo', order)).log).toContain(
    'calculating checksum of existing file...OK, got correct file already, no need to download',
  );
});

const pull = 'POST /nodes/pve1/storage/local/oci-registry-pull';

test('an OCI image is pulled under the name that Proxmox gives it, and makes a container', async () => {
  const { data, task, refusal, world } = lab('demo');
  const { upid, exitstatus } = await task(pull, { reference: 'docker.io/library/alpine:3.22' });
  expect(upid).toContain(':ociregistrypull:alpine_3.22.tar:');
  expect(exitstatus).toBe('OK');
  const rows = await data('GET /nodes/pve1/storage/local/content?content=vztmpl');
  expect(rows).toEqual([expect.objectContaining({ volid: 'local:vztmpl/alpine_3.22.tar', format: 'ttar' })]);
  expect(rows[0]).not.toHaveProperty('oci');
  expect(await refusal(pull, { reference: 'docker.io/library/alpine:3.22' })).toEqual([
    500,
    "refusing to override existing file 'alpine_3.22.tar'",
  ]);
  const { log } = await task('POST /nodes/pve1/lxc', {
    ...{ vmid: 300, ostemplate: 'local:vztmpl/alpine_3.22.tar', rootfs: 'local-lvm:1', unprivileged: 1 },
  });
  expect(log).toContain('Detected OCI archive');
  expect(world.guests.get(300)?.config.entrypoint).toBe('/bin/sh');
});

test.each([
  ['local', { reference: 'alpine' }, [400, { reference: expect.stringContaining('regex') }]],
  [
    'local-lvm',
    { reference: 'alpine:3' },
    [500, "can't upload to storage type 'lvmthin', not a file based storage!"],
  ],
])('on %s, pulling %j is refused', async (storage, form, expected) => {
  const { refusal } = lab('demo');
  expect(await refusal(`POST /nodes/pve1/storage/${storage}/oci-registry-pull`, form)).toEqual(expected);
});
