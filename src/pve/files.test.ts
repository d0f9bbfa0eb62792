import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { Api } from '../api/api.ts';
import { client, type Identity, makeIdentity, serve } from '../api/test-server.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { createVirtualClock } from '../simulator/virtual-clock.ts';
import { Pve } from './pve.ts';

const MiB = 1024 ** 2;
let folder: string;
let identity: Identity;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'files-test-'));
  identity = await makeIdentity();
});
afterAll(() => rmSync(folder, { recursive: true }));

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

function fileOf(size: number, name = 'x.iso') {
  const path = join(folder, name);
  const content = randomBytes(size);
  writeFileSync(path, content);
  return { path, content, sha256: createHash('sha256').update(content).digest('hex') };
}

/** The client in front of a simulated cluster, over a socket or without one. */
async function cluster({ as = 'root@pam!full', wire = 'socket' as 'socket' | 'none' | 'lossy' } = {}) {
  const simulator = createSimulator({ seed: 'tiny' });
  const secret = simulator.logins[as] ?? '';
  const [user = '', tokenName] = as.split('!');
  const login =
    tokenName === undefined
      ? ({ kind: 'password', user, password: secret } as const)
      : ({ kind: 'token', user, tokenName, secret } as const);
  const { clock, world, received } = simulator;
  let send = simulator.fetch;
  if (wire === 'socket') {
    const { url, close } = await simulator.listen();
    open.push(close);
    send = client(Number(new URL(url).port)).send;
  }
  if (wire === 'lossy') {
    send = async (request) => {
      const answer = await simulator.fetch(request);
      if (request.stream) throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
      return answer;
    };
  }
  const { files } = new Pve(new Api({ send, login, clock }), clock);
  const stored = (volid: string) => world.storages.get(volid.split(':')[0] ?? '')?.get('pve1', volid);
  const uploads = () => received.filter(({ path }) => path.endsWith('/upload')).length;
  const copies = () => world.tasks.of('pve1').filter(({ type }) => type === 'imgcopy').length;
  return { files, stored, uploads, copies, world };
}

const local = { node: 'pve1', storage: 'local', content: 'iso' } as const;

/** A client in front of a server that does what the test says. */
async function against(answer: Parameters<typeof serve>[1], timeoutMs = 5_000) {
  const { port, seen } = await serve(identity, answer);
  const login = { kind: 'token', user: 'a@pve', tokenName: 't', secret: 'secret' } as const;
  const clock = createVirtualClock();
  const api = new Api({ send: client(port, { timeoutMs }).send, login, clock });
  return { files: new Pve(api, clock).files, seen };
}

describe('an upload', () => {
  test.each(['socket', 'none'] as const)('is stored and its task is waited for (%s)', async (wire) => {
    const { files, stored } = await cluster({ wire });
    const { path, content, sha256 } = fileOf(3 * MiB + 1, 'disk one.iso');
    const seen: number[] = [];
    const { volid, task } = await files.upload({
      ...{ ...local, source: path, checksum: { algorithm: 'sha256', value: sha256 } },
      progress: (sent, total) => {
        expect(total).toBe(content.length);
        seen.push(sent);
      },
    });
    expect(volid).toBe('local:iso/disk_one.iso');
    expect(task).toMatchObject({ state: 'ended', exitstatus: 'OK', type: 'imgcopy', node: 'pve1' });
    expect(task.log).toContain('calculating checksum...OK, checksum verified');
    expect(stored(volid)).toMatchObject({ size: content.length });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(content.length);
  });

  test('goes out with its exact length, the parts in the recorded order', async () => {
    let got = { body: '', headers: {} as Record<string, unknown> };
    const { files } = await against(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece);
      got = { body: Buffer.concat(pieces).toString(), headers: request.headers };
      response.writeHead(500, 'enough').end();
    });
    const path = join(folder, 'small.iso');
    writeFileSync(path, 'content');
    const checksum = { algorithm: 'md5', value: 'A'.repeat(32) } as const;
    await failureOf(files.upload({ ...local, source: path, checksum }));
    const boundary = String(got.headers['content-type']).replace('multipart/form-data; boundary=', '');
    expect(got.body.split(boundary).join('B').split('\r\n')).toEqual([
      ...['--B', 'Content-Disposition: form-data; name="content"', '', 'iso'],
      ...['--B', 'Content-Disposition: form-data; name="checksum-algorithm"', '', 'md5'],
      ...['--B', 'Content-Disposition: form-data; name="checksum"', '', 'A'.repeat(32)],
      ...['--B', 'Content-Disposition: form-data; name="filename"; filename="small.iso"'],
      ...['Content-Type: application/octet-stream', '', 'content', '--B--', ''],
    ]);
    expect(got.headers['content-length']).toBe(String(Buffer.byteLength(got.body)));
    expect(got.headers['transfer-encoding']).toBeUndefined();
  });

  test('may come from a stream of known size', async () => {
    const { files, stored } = await cluster();
    async function* stream() {
      for (let i = 0; i < 100; i++) yield randomBytes(1000);
    }
    const source = { stream: stream(), size: 100_000 };
    const { volid } = await files.upload({ ...local, source, filename: 'made.img' });
    expect(stored(volid)?.size).toBe(100_000);
  });

  test('works with a password, too', async () => {
    const { files, stored } = await cluster({ as: 'root@pam' });
    const { volid } = await files.upload({ ...local, source: fileOf(10).path });
    expect(stored(volid)?.size).toBe(10);
  });

  test('with a wrong checksum is a failed task, and nothing is stored', async () => {
    const { files, stored } = await cluster();
    const checksum = { algorithm: 'sha1', value: '0'.repeat(40) } as const;
    const failure = await failureOf(files.upload({ ...local, source: fileOf(10).path, checksum }));
    expect(failure).toMatchObject({
      code: 'task_failed',
      message: expect.stringContaining(`!= expect '${'0'.repeat(40)}'`),
      hint: expect.stringContaining('was not stored'),
      details: { upid: expect.stringContaining(':imgcopy:') },
    });
    expect(stored('local:iso/x.iso')).toBeUndefined();
  });

  test.each([
    ['a name with a wrong ending', { filename: 'x.txt' }, 'invalid_parameter', '.iso or .img'],
    ['a storage that is not there', { storage: 'nope' }, 'not_found', ''],
    ['a storage for disks', { storage: 'local-lvm' }, 'refused', ''],
  ])('to %s is refused by Proxmox', async (_, other, code, hint) => {
    const { files, uploads } = await cluster();
    const failure = await failureOf(files.upload({ ...local, source: fileOf(10).path, ...other }));
    expect(failure).toMatchObject({ code, hint: expect.stringContaining(hint) });
    expect(failure.details.mayHaveRun).toBeUndefined();
    expect(uploads()).toBe(1);
  });

  test('without the privilege is refused while it is sent', async () => {
    const { files, uploads, copies } = await cluster({ as: 'monitor@pve!ro' });
    const failure = await failureOf(files.upload({ ...local, source: fileOf(30 * MiB).path }));
    expect(failure.code).toBe('forbidden');
    expect(failure.hint).toContain('Datastore.AllocateTemplate on /storage/local');
    expect([uploads(), copies()]).toEqual([1, 0]);
  });

  test.each([
    ['missing', () => join(folder, 'nothing.iso'), 'There is no file'],
    ['empty', () => fileOf(0, 'empty.iso').path, 'is empty'],
    ['a folder', () => folder, 'is a folder'],
    ['a device', () => '/dev/null', 'is no regular file'],
    ['behind a file', () => join(fileOf(1, 'plain.iso').path, 'x.iso'), 'There is no file'],
  ])('of a file that is %s sends nothing', async (_, path, message) => {
    const { files, uploads } = await cluster({ wire: 'none' });
    const failure = await failureOf(files.upload({ ...local, source: path() }));
    expect(failure).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining(message) });
    expect(uploads()).toBe(0);
  });

  const stream = (async function* () {})();
  test.each([
    ['an empty stream', { source: { stream, size: 0 }, filename: 'x.iso' }, 'empty'],
    [
      'a stream of no size',
      { source: { stream, size: Number.NaN }, filename: 'x.iso' },
      'no number of bytes',
    ],
    ['a stream without a name', { source: { stream, size: 1 } }, 'no name'],
    ['a long name', { filename: `${'x'.repeat(252)}.iso` }, 'longer than 255'],
    ['an unknown algorithm', { checksum: { algorithm: 'crc32', value: 'ab' } as never }, 'crc32'],
    [
      'a property of every object',
      { checksum: { algorithm: 'constructor', value: 'ab' } as never },
      'constructor',
    ],
    ['half a checksum', { checksum: { algorithm: 'md5', value: 'ab' } as const }, '32 hex digits'],
  ])('of %s sends nothing', async (_, other, message) => {
    const { files, uploads } = await cluster({ wire: 'none' });
    const failure = await failureOf(files.upload({ ...local, source: fileOf(10).path, ...other }));
    expect(failure).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining(message) });
    expect(uploads()).toBe(0);
  });

  test.each([
    ['shrinks', (path: string) => truncateSync(path, 1000), 'shrank'],
    ['grows', (path: string) => appendFileSync(path, 'more'), 'grew'],
    ['is written to', (path: string) => utimesSync(path, 1, 1), 'was written to'],
  ])('of a file that %s meanwhile is broken off, once and for all', async (_, change, message) => {
    const { files, uploads, copies, stored } = await cluster();
    const { path } = fileOf(4 * MiB);
    let changed = false;
    const progress = () => {
      if (!changed) change(path);
      changed = true;
    };
    const failure = await failureOf(files.upload({ ...local, source: path, progress }));
    expect(failure).toMatchObject({ code: 'wrong_state', message: expect.stringContaining(message) });
    expect(failure.details.mayHaveRun).toBeUndefined();
    expect([uploads(), copies(), stored('local:iso/x.iso')]).toEqual([1, 0, undefined]);
  });

  test.each([
    ['less', 99, 'ended after 99 of 100 bytes'],
    ['more', 101, 'more than its 100 bytes'],
  ])('of a stream that gives %s than it said is broken off', async (_, bytes, message) => {
    const { files, copies } = await cluster();
    async function* stream() {
      yield Buffer.alloc(50);
      yield Buffer.alloc(bytes - 50);
    }
    const source = { stream: stream(), size: 100 };
    const failure = await failureOf(files.upload({ ...local, source, filename: 'x.iso' }));
    expect(failure).toMatchObject({ code: 'wrong_state', message: expect.stringContaining(message) });
    expect(copies()).toBe(0);
  });

  test('ends at once when it is cancelled, and nothing is stored', async () => {
    const { files, uploads, copies } = await cluster();
    const controller = new AbortController();
    const { path } = fileOf(20 * MiB);
    const progress = (sent: number) => {
      if (sent > MiB) controller.abort();
    };
    const failure = await failureOf(
      files.upload({ ...local, source: path, progress, signal: controller.signal }),
    );
    expect(failure).toMatchObject({ code: 'cancelled', hint: expect.stringMatching(/^Nothing was stored/) });
    expect(failure.details.mayHaveRun).toBeUndefined();
    expect([uploads(), copies()]).toEqual([1, 0]);
  });

  test('that is cut off half way is not sent again', async () => {
    const { files, seen } = await against((request) => {
      request.once('data', () => request.socket.destroy());
    });
    const failure = await failureOf(files.upload({ ...local, source: fileOf(30 * MiB).path }));
    expect(failure).toMatchObject({
      code: 'unreachable',
      hint: expect.stringContaining('Nothing was stored'),
    });
    expect(failure.details.mayHaveRun).toBeUndefined();
    expect(seen.requests).toHaveLength(1);
  });

  test('whose answer is lost is found again by its task', async () => {
    const { files, uploads, stored } = await cluster({ wire: 'lossy' });
    const { volid, task } = await files.upload({ ...local, source: fileOf(10).path });
    expect(task).toMatchObject({ type: 'imgcopy', exitstatus: 'OK' });
    expect([uploads(), stored(volid)?.size]).toEqual([1, 10]);
  });

  test('whose answer is lost without a trace is left in doubt and not sent again', async () => {
    const { files, seen } = await against(async (request) => {
      for await (const _ of request);
      request.socket.destroy();
    });
    const failure = await failureOf(files.upload({ ...local, source: fileOf(MiB).path }));
    expect(failure).toMatchObject({ code: 'unreachable', details: { mayHaveRun: true } });
    expect(seen.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  test('to a server that takes nothing in gives up after the timeout', async () => {
    const { files } = await against((request) => void request.socket.pause(), 300);
    const failure = await failureOf(files.upload({ ...local, source: fileOf(64 * MiB).path }));
    expect(failure).toMatchObject({ code: 'timeout', hint: expect.stringContaining('Nothing was stored') });
  });
});

describe('a download', () => {
  const url = 'https://cdimage.debian.org/debian-cd/current/amd64/iso-cd/debian-13.2.0-amd64-netinst.iso';
  const order = { ...local, url, filename: 'debian.iso' };

  test('is waited for and tells its percentage', async () => {
    const { files, stored } = await cluster({ wire: 'none' });
    const seen: number[] = [];
    const progress = (done: number) => void seen.push(done);
    const value = createHash('sha512').update(url).digest('hex');
    const { volid, task } = await files.download({
      ...{ ...order, checksum: { algorithm: 'sha512', value }, wait: { progress } },
    });
    expect(task).toMatchObject({ exitstatus: 'OK', type: 'download', id: 'debian.iso' });
    expect(stored(volid)?.size).toBe(783_286_272);
    expect(Math.max(...seen)).toBeGreaterThan(50);
  });

  test('that fails says why', async () => {
    const { files } = await cluster({ wire: 'none' });
    const failure = await failureOf(files.download({ ...order, url: 'http://127.0.0.1:1/x.iso' }));
    expect(failure).toMatchObject({
      code: 'task_failed',
      message: expect.stringContaining('Connecting to 127.0.0.1:1... failed: Connection refused.'),
    });
  });

  test.each([
    ['a wrong ending', { filename: 'a.exe' }, 'invalid_parameter', '.iso or .img'],
    ['no URL', { url: 'file:///etc/passwd' }, 'invalid_parameter', ''],
  ])('to %s is refused', async (_, other, code, hint) => {
    const { files } = await cluster({ wire: 'none' });
    const failure = await failureOf(files.download({ ...order, ...other }));
    expect(failure).toMatchObject({ code, hint: expect.stringContaining(hint) });
  });
});
