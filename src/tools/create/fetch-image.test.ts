import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';

const ISO = 'https://cdimage.debian.org/debian-cd/current/amd64/iso-cd/debian-13.2.0-amd64-netinst.iso';
const CLOUD = 'https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2';
const demo = (options = {}) => connect({ seed: 'demo', ...options });

test('fetches a cloud image to a storage that takes it, with progress, and says which', async () => {
  const told: string[] = [];
  const { call, cluster } = await demo();
  const { text, data } = await call('fetch_image', { image: CLOUD }, (message) => told.push(message));
  expect(text).toMatch(/^Fetched local:import\/debian-13-genericcloud-amd64\.qcow2 \(331 MiB\) on pve\d\./);
  expect(text).toContain('Storage local chosen: ');
  expect(text).toContain('create_vm image=local:import/debian-13-genericcloud-amd64.qcow2');
  expect(data).toMatchObject({ state: 'done', storage: 'local', size: 347_144_192 });
  expect(told.some((message) => /\d+%/.test(message))).toBe(true);
  const there = cluster.storages.get('local')?.volumes(String(data?.node)) ?? [];
  expect(there.map(({ volid }) => volid)).toContain(data?.volid);
});

test('what is there already is said, and nothing is done', async () => {
  const { call, simulator } = await demo();
  const { text, data } = await call('fetch_image', { image: ISO });
  expect(text).toMatch(/^Nothing done: nas:iso\/debian-13\.2\.0-amd64-netinst\.iso .* is there already/);
  expect(data).toMatchObject({ state: 'already', storage: 'nas' });
  expect(changesAt(simulator)).toEqual([]);
});

test('a checksum is compared, also with the file that is there', async () => {
  const { call } = await demo();
  // There is no content in the simulator: the URL's own text stands for it.
  const checksum = createHash('sha256').update(ISO).digest('hex');
  const right = await call('fetch_image', { image: ISO, storage: 'local', checksum: `sha256:${checksum}` });
  expect(right.text).toMatch(/^Fetched local:iso/);
  const again = await call('fetch_image', { image: ISO, storage: 'local', checksum });
  expect(again.text).toMatch(/was there already, and its checksum is right/);
  expect(again.data).toMatchObject({ state: 'already' });
  const wrong = await call('fetch_image', { image: CLOUD, checksum: 'a'.repeat(64) });
  expect(wrong.isError).toBe(true);
  expect(wrong.text).toContain(
    `checksum mismatch: got '${createHash('sha256').update(CLOUD).digest('hex')}'`,
  );
  expect(wrong.text).toContain('it was not stored');
});

test('a template is found by the beginning of its name', async () => {
  const { call } = await demo();
  const { text, data } = await call('fetch_image', { image: 'debian-12', storage: 'local', node: 'pve2' });
  expect(text).toMatch(/^Fetched local:vztmpl\/debian-12-standard_12\.12-1_amd64\.tar\.zst on pve2\./);
  expect(text).toContain('create_container image=');
  expect(data).toMatchObject({ state: 'done', node: 'pve2' });
});

test.each([
  ['docker.io/library/nginx:1.29', 'local:vztmpl/nginx_1.29.tar', false],
  ['docker://alpine', 'local:vztmpl/alpine_latest.tar', true],
])('the OCI image %s is pulled', async (image, volid, untagged) => {
  const { call } = await demo();
  const { text, data } = await call('fetch_image', { image, storage: 'local' });
  expect(data).toMatchObject({ state: 'done', volid });
  expect(text.includes('No tag was given')).toBe(untagged);
  const again = await call('fetch_image', { image, storage: 'local', node: data?.node });
  expect(again.data).toMatchObject({ state: 'already' });
});

test.each([
  [{ image: 'https://cdimage.debian.org/nope.iso' }, /can't fetch https:.*404 Not Found/],
  [{ image: 'https://nosuch.example/a.iso' }, /can't fetch .*Name or service not known/],
  [{ image: 'https://cdimage.debian.org/nope.txt' }, /does not tell what it is/],
  [{ image: CLOUD, content: 'iso' }, /can't be stored as iso: its ending is another.*\n.*\.iso or \.img/],
  [{ image: `${CLOUD}.xz` }, /is packed \(\.xz\), and Proxmox can't unpack that/],
  [{ image: 'fedora-99' }, /There is no container template fedora-99.*\n.*debian-13-standard/],
  [{ image: 'debian' }, /2 templates begin with debian.*\n.*debian-12-standard, debian-13-standard/],
  [{ image: 'docker.io/library/nosuch:1' }, /skopeo copy docker:\/\/docker\.io\/library\/nosuch:1/],
  [{ image: 'not an image' }, /This is no image/],
  [{ image: 'local:iso/a.iso' }, /lies on a storage already/],
  [{ image: ISO, storage: 'nowhere' }, /There is no storage nowhere .*\n.*iso can go to: local/],
  [{ image: ISO, storage: 'local-lvm' }, /The storage local-lvm takes images, rootdir, but no iso/],
  [{ image: ISO, node: 'pve9' }, /There is no node pve9.*\n.*Online: pve1, pve2, pve3/],
  [{ image: ISO, checksum: 'sha256:abc' }, /The checksum is no sha256/],
  [{ image: 'debian-13', checksum: 'sha256:abc' }, /A checksum can be given for a URL alone/],
])('%j is answered with a plain sentence, and nothing is done', async (args, sentence) => {
  const { call, simulator, mistakes } = await demo();
  const { text, isError } = await call('fetch_image', args);
  expect(isError).toBe(true);
  expect(text).toMatch(sentence);
  if (!text.includes('skopeo')) expect(changesAt(simulator)).toEqual([]);
  expect(mistakes).toEqual([]);
});

test('a full storage is no choice, and the one that was asked for is refused before anything is sent', async () => {
  const { call, cluster, simulator } = await demo();
  const local = cluster.storages.get('local');
  if (local) local.full = true;
  const { text } = await call('fetch_image', { image: ISO, storage: 'local' });
  expect(text).toMatch(/The storage local is full\./);
  expect(text).toContain('nas (');
  const other = await call('fetch_image', { image: 'debian-12' });
  expect(other.data).toMatchObject({ storage: 'nas' });
  expect(changesAt(simulator)).toHaveLength(1);
});

test('an offline node is named, and is not called', async () => {
  const { call } = await connect();
  const { text } = await call('fetch_image', { image: ISO, node: 'pve2' });
  expect(text).toMatch(/The node pve2 is not online/);
});

test('a login that may only look gets to know what it lacks', async () => {
  const { call, simulator } = await demo({ token: 'monitor@pve!ro' });
  const { text, isError } = await call('fetch_image', { image: CLOUD });
  expect(isError).toBe(true);
  expect(text).toMatch(/forbidden|Datastore\.AllocateTemplate|Sys\.Audit/);
  expect(simulator.world.storages.get('local')?.volumes('pve1')).toEqual([]);
});

test.each(['modern', 'streamable'] as const)('a person at a %s client is asked once', async (way) => {
  const house = await served({ seed: 'demo', policy: { approve: 'change' } });
  const { call, asked } = await withPerson(house, way, () => YES);
  const { text } = await call('fetch_image', { image: 'debian-12' });
  expect(text).toMatch(/^Fetched /);
  expect(asked).toHaveLength(1);
});

test('the answer stays small in a large cluster', async () => {
  const { createSimulator } = await import('../../simulator/simulator.ts');
  const simulator = createSimulator({ seed: 'demo', scale: 1000 });
  const { call } = await connect({ simulator });
  const { text } = await call('fetch_image', { image: ISO });
  expect(text.length).toBeLessThan(1_000);
});
