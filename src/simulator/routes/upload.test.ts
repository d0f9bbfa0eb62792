import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { lab } from './lab.ts';

const content = 'some bytes';
const sha256 = createHash('sha256').update(content).digest('hex');

/** A lab that can upload: the fields in the order in which they are given, the file last. */
function uploading() {
  const house = lab();
  const secret = house.simulator.logins['root@pam!full'];
  const send = (
    fields: Record<string, string>,
    { name = 'x.iso', storage = 'local', node = 'pve1', bytes = content } = {},
  ) => {
    const parts = Object.entries(fields).map(
      ([key, value]) => `--B\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`,
    );
    const file = `--B\r\nContent-Disposition: form-data; name="filename"; filename="${name}"\r\n\r\n${bytes}\r\n--B--`;
    return house.simulator.fetch({
      method: 'POST',
      path: `/api2/json/nodes/${node}/storage/${storage}/upload`,
      headers: {
        authorization: `PVEAPIToken=root@pam!full=${secret}`,
        'content-type': 'multipart/form-data; boundary=B',
      },
      body: parts.join('') + file,
    });
  };
  /** Waits for the task of an upload that was taken. */
  const done = async (sent: ReturnType<typeof send>) => {
    const { status, reason, body } = await sent;
    if (status !== 200) throw new Error(`${status} ${reason}`);
    const upid: string = JSON.parse(body).data;
    await house.sleep(5_000);
    const path = `/nodes/pve1/tasks/${encodeURIComponent(upid)}`;
    const { exitstatus } = await house.data(`GET ${path}/status`);
    const log: { t: string }[] = await house.data(`GET ${path}/log`);
    return { upid, exitstatus, log: log.map(({ t }) => t.replace(/pveupload-[0-9a-f]{32}/g, 'pveupload-…')) };
  };
  const errors = async (sent: ReturnType<typeof send>) => {
    const { status, reason, body } = await sent;
    return [status, JSON.parse(body).errors ?? reason];
  };
  return { ...house, send, done, errors };
}

test('an upload is a task with the recorded lines, and the file is there', async () => {
  const { send, done, data } = uploading();
  const { upid, exitstatus, log } = await done(
    send({ content: 'iso', 'checksum-algorithm': 'sha256', checksum: sha256.toUpperCase() }),
  );
  expect(upid).toMatch(/^UPID:pve1:[^:]+:[^:]+:[^:]+:imgcopy::root@pam!full:$/);
  expect(exitstatus).toBe('OK');
  expect(log).toEqual([
    'starting file import from: /var/tmp/pveupload-…',
    'calculating checksum...OK, checksum verified',
    'target node: pve1',
    'target file: /var/lib/vz/template/iso/x.iso',
    'file size is: 10',
    'command: cp -- /var/tmp/pveupload-… /var/lib/vz/template/iso/x.iso',
    'finished file import successfully',
    'TASK OK',
  ]);
  expect(await data('GET /nodes/pve1/storage/local/content?content=iso')).toContainEqual(
    expect.objectContaining({ volid: 'local:iso/x.iso', size: 10, format: 'iso', content: 'iso' }),
  );
});

test('the connection ends with an upload (recorded on PVE 9.2)', async () => {
  const { send } = uploading();
  expect((await send({ content: 'iso' })).headers.connection).toBe('close');
});

test('a wrong checksum shows in the task alone, and nothing is stored', async () => {
  const { send, done, world } = uploading();
  const { exitstatus, log } = await done(
    send({ content: 'iso', 'checksum-algorithm': 'sha256', checksum: '0'.repeat(64) }),
  );
  const text = `checksum mismatch: got '${sha256}' != expect '${'0'.repeat(64)}'`;
  expect(exitstatus).toBe(text);
  expect(log.at(-1)).toBe(`TASK ERROR: ${text}`);
  expect(world.storages.get('local')?.get('pve1', 'local:iso/x.iso')).toBeUndefined();
});

test('a file of the same name is overwritten without a word', async () => {
  const { send, done, world } = uploading();
  await done(send({ content: 'iso' }));
  expect((await done(send({ content: 'iso' }, { bytes: 'more' }))).exitstatus).toBe('OK');
  expect(world.storages.get('local')?.get('pve1', 'local:iso/x.iso')?.size).toBe(4);
});

test.each([
  ['vztmpl', 'debian.tar.zst', 'local:vztmpl/debian.tar.zst', 'tzst'],
  ['iso', 'a b/x (1).IMG', 'local:iso/x__1_.IMG', 'iso'],
])('%s %s becomes %s', async (kind, name, volid, format) => {
  const { send, done, world } = uploading();
  await done(send({ content: kind }, { name }));
  expect(world.storages.get('local')?.get('pve1', volid)).toMatchObject({ format, content: kind });
});

test.each([
  [
    { content: 'images' },
    {},
    400,
    { content: "value 'images' does not have a value in the enumeration 'iso, vztmpl, import'" },
  ],
  [{}, {}, 400, { content: 'property is missing and it is not optional' }],
  [{ content: 'iso' }, { name: 'foo.txt' }, 400, { filename: 'wrong file extension' }],
  [{ content: 'import' }, { name: 'foo.iso' }, 400, { filename: 'invalid filename or wrong extension' }],
  [{ content: 'iso' }, { storage: 'nope' }, 500, "storage 'nope' does not exist"],
  [{ content: 'iso' }, { storage: 'local-lvm' }, 500, "can't upload to storage type 'lvmthin'"],
  [{ content: 'import' }, { name: 'a.qcow2' }, 500, "storage 'local' does not support 'import' content"],
])('%j with %j is refused', async (fields, where, status, what) => {
  const { send, errors, world } = uploading();
  expect(await errors(send(fields as Record<string, string>, where))).toEqual([status, what]);
  expect(world.tasks.of('pve1').filter(({ type }) => type === 'imgcopy')).toEqual([]);
});

test('a full storage fails in the task', async () => {
  const { send, done, world } = uploading();
  const local = world.storages.get('local');
  const size = (local?.total ?? 0) - (local?.used('pve1') ?? 0);
  local?.add('pve1', {
    volid: 'local:iso/big.iso',
    content: 'iso',
    format: 'iso',
    size,
    used: size,
    ctime: 0,
  });
  expect((await done(send({ content: 'iso' }))).exitstatus).toBe(
    "import failed: cp: error writing '/var/lib/vz/template/iso/x.iso': No space left on device",
  );
});
