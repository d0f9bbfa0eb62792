import { expect, test } from 'vitest';
import type { Policy } from '../src/api/gate/policy.ts';
import type { WireRequest } from '../src/api/wire.ts';
import { createSimulator, type Simulator } from '../src/simulator/simulator.ts';
import { connect } from './connect.ts';

/** The raw call in front of a cluster that counts what reaches it, save for looks at what there is. */
async function house({
  seed = 'tiny' as 'tiny' | 'demo',
  policy = {} as Partial<Policy>,
  token = 'root@pam!full' as 'root@pam!full' | 'monitor@pve!ro',
  answer = (_request: WireRequest, simulator: Simulator) => simulator.fetch(_request),
} = {}) {
  const simulator = createSimulator({ seed });
  const sent: string[] = [];
  const looks = /^\/(?:pve-docs|api2\/json\/(?:version|cluster\/resources|access\/permissions)(?:\?|$))/;
  const { call } = await connect({
    ...{ simulator, policy, token },
    send: async (request) => {
      if (!looks.test(request.path))
        sent.push(`${request.method} ${request.path} ${request.body ?? ''}`.trim());
      return answer(request, simulator);
    },
  });
  const api = (method: string, path: string, data?: unknown, more = {}) =>
    call('proxmox_api_call', { method, path, ...(data === undefined ? {} : { data }), ...more });
  return { api, sent, simulator };
}

const CONFIG = '/nodes/pve1/qemu/100/config';

test('all that is wrong is told at once, with the nearest names, and nothing is sent', async () => {
  const { api, sent } = await house();
  const { text, isError } = await api('POST', '/nodes/pve1/qemu', {
    ...{ nam: 'web', cores: 0, net0: 'virtio,brige=vmbr0', scsi99: 'local:1', mem: 1, 'ide[n]': 'x' },
  });
  expect(isError).toBe(true);
  expect(text).toContain('Nothing was sent: Proxmox would refuse 7 parameters: ');
  expect(text).toContain('nam: unknown (Did you mean name?)');
  expect(text).toContain('cores: value must have a minimum value of 1');
  expect(text).toContain('net0.brige: unknown (Did you mean bridge?)');
  expect(text).toContain('mem: unknown (Did you mean memory?)');
  expect(text).toContain('ide[n]: unknown (Write a number for n: ide0.)');
  expect(text).toContain('scsi99: unknown (There are not so many: use a lower number.)');
  expect(text).toContain('vmid: property is missing and it is not optional (Give integer 100-999999999.)');
  expect(sent).toEqual([]);
});

test('every missing parameter is named with its type', async () => {
  const { api, sent } = await house();
  const { text } = await api('POST', '/nodes/pve1/qemu/100/move_disk', {});
  expect(text).toContain('refuse a parameter: disk: property is missing');
  expect(text).toContain('(Give one of ide0, ');
  const { text: two } = await api('POST', '/access/domains', { comment: 'x' });
  expect(two).toMatch(/refuse 2 parameters: .*realm: .* \(Give text .*type: .* \(Give one of ad, /);
  expect(sent).toEqual([]);
});

test('what is checked is what is sent: booleans, numbers and lists as the form carries them', async () => {
  const { api, sent } = await house();
  const data = { onboot: true, cores: 2, tags: ['web', 'prod'], delete: ['description'] };
  expect((await api('PUT', CONFIG, data)).isError).toBe(false);
  expect(sent).toEqual([`PUT /api2/json${CONFIG} onboot=1&cores=2&tags=web%2Cprod&delete=description`]);
});

test('an object becomes the property string that it stands for', async () => {
  const { api, sent } = await house();
  const net1 = { bridge: 'vmbr0', model: 'virtio', firewall: true };
  expect((await api('PUT', CONFIG, { net1 })).isError).toBe(false);
  expect(sent).toEqual([`PUT /api2/json${CONFIG} net1=virtio%2Cbridge%3Dvmbr0%2Cfirewall%3D1`]);
  const typo = await api('PUT', CONFIG, { net1: { model: 'virtio', brige: 'vmbr0' } });
  expect(typo.text).toContain('net1.brige: unknown (Did you mean bridge?)');
  const wrong = await api('PUT', CONFIG, { name: { first: 'web' } });
  expect(wrong.text).toContain('The parameter name is an object');
  expect(wrong.text).toContain('such as "first=web"');
  expect(sent).toHaveLength(1);
});

test('a parameter of the path that contradicts the path is refused', async () => {
  const { api, sent } = await house();
  const { text } = await api('POST', '/nodes/pve1/qemu/100/status/start', { vmid: 101 });
  expect(text).toContain('vmid: duplicate parameter (already defined in URI) with conflicting values!');
  expect(sent).toEqual([]);
});

test('placeholders are asked for, with the nodes and guests that there are', async () => {
  const { api, sent } = await house();
  const written = ['{node}/qemu/<vmid>', ':node/qemu/$VMID', 'NODE/qemu/VMID', 'your-node/qemu/vmid'];
  for (const path of written.map((one) => `/nodes/${one}/config`)) {
    const { text } = await api('GET', path);
    expect(text).toContain('The path needs real values for node and vmid.');
    expect(text).toMatch(/node: pve1, pve2 \(offline\)\. vmid: 100 web1 on pve1, .*9000 debian-13 on pve1\./);
  }
  const { text: guests } = await api('GET', '/nodes/pve1/lxc/{id}/config');
  expect(guests).toContain('The path needs real values for vmid.');
  expect(guests).toContain('vmid: 101 ');
  const { text: storage } = await api('GET', '/nodes/pve1/storage/{storage}/content');
  expect(storage).toContain('storage: GET /nodes/pve1/storage lists them.');
  expect(sent).toEqual([]);
});

test('a node that is not there is refused with those that are', async () => {
  const { api, sent } = await house();
  const { text } = await api('GET', '/nodes/pve3/status');
  expect(text).toContain('There is no node pve3 in this cluster.');
  expect(text).toContain('Did you mean pve1 or pve2? Nodes: pve1, pve2.');
  const { text: target } = await api('POST', '/nodes/pve1/qemu/100/migrate', { target: 'pve22' });
  expect(target).toContain('There is no node pve22');
  expect(sent).toEqual([]);
  expect((await api('GET', '/nodes/localhost/status')).isError).toBe(false);
});

test('a guest that is elsewhere, or of the other kind, is told with its path', async () => {
  const { api, sent } = await house();
  const { text: elsewhere } = await api('GET', '/nodes/pve2/qemu/100/config');
  expect(elsewhere).toContain('Guest 100 is a VM (qemu) on pve1, not qemu on pve2.');
  expect(elsewhere).toContain(`The path is ${CONFIG}.`);
  const { text: other } = await api('POST', '/nodes/pve1/qemu/101/status/start');
  expect(other).toContain('The path is /nodes/pve1/lxc/101/status/start.');
  const { text: none } = await api('GET', '/nodes/pve1/qemu/101/cloudinit');
  expect(none).toContain('there is no /nodes/pve1/lxc/101/cloudinit');
  expect(sent).toEqual([]);
});

test('a guest that nobody has seen is not refused: it may be new', async () => {
  const { api, sent } = await house();
  const { text } = await api('GET', '/nodes/pve1/qemu/555/config');
  expect(text).toContain('does not exist');
  expect(sent).toEqual(['GET /api2/json/nodes/pve1/qemu/555/config']);
});

test('a guest that has just moved is looked for again before its new path is refused', async () => {
  const { api, simulator } = await house();
  await api('GET', CONFIG);
  const guest = simulator.world.guest(100);
  if (guest === undefined) throw new Error('the seed has no VM 100');
  guest.node = 'pve2';
  const { text } = await api('GET', '/nodes/pve2/qemu/100/config');
  expect(text).not.toContain('The path is');
});

test('whoever may not see the cluster is not kept from calling', async () => {
  const { api } = await house({
    answer: async (request, simulator) =>
      request.path === '/api2/json/cluster/resources'
        ? { status: 403, reason: 'Permission check failed', headers: {}, body: '' }
        : simulator.fetch(request),
  });
  expect((await api('GET', CONFIG)).isError).toBe(false);
});

test('a path that does not exist is told its neighbours, a wrong method the right ones', async () => {
  const { api, sent } = await house();
  const { text: path } = await api('GET', '/nodes/pve1/vms');
  expect(path).toContain('has no path /nodes/pve1/vms.');
  expect(path).toMatch(/Nearest: GET \/nodes\/pve1\/qemu, /);
  const { text: method } = await api('POST', '/version');
  expect(method).toContain('/version has no POST.');
  expect(method).toContain('It has GET.');
  const { text: folder } = await api('DELETE', '/nodes/pve1/qemu/100/status');
  expect(folder).toContain('It has GET.');
  expect(sent).toEqual([]);
});

test('where the server does not describe itself, what we do not know is its to answer', async () => {
  const { api, sent } = await house({
    answer: async (request, simulator) =>
      request.path.startsWith('/pve-docs')
        ? { status: 404, reason: 'not found', headers: {}, body: '' }
        : simulator.fetch(request),
  });
  const { text } = await api('GET', '/nodes/pve1/vms');
  expect(sent).toEqual(['GET /api2/json/nodes/pve1/vms']);
  expect(text).toContain('Error (not_implemented)');
  expect(text).toContain('Nearest: GET /nodes/pve1/qemu, ');
  const { text: known } = await api('GET', '/version', { foo: 1 });
  expect(known).toContain('foo: unknown (This call takes no parameters.)');
  expect(known).toContain('could not be read');
});

test('a description of another release refuses no parameters', async () => {
  const { api, sent } = await house({
    answer: async (request, simulator) => {
      if (request.path.startsWith('/pve-docs')) return { status: 404, reason: 'gone', headers: {}, body: '' };
      const version = JSON.stringify({ data: { version: '10.1.2', release: '10.1' } });
      return request.path === '/api2/json/version'
        ? { status: 200, reason: 'OK', headers: {}, body: version }
        : simulator.fetch(request);
    },
  });
  await api('PUT', CONFIG, { newness: 1 });
  expect(sent).toEqual([`PUT /api2/json${CONFIG} newness=1`]);
});

test('dry_run shows the request and what becomes of it, and sends nothing', async () => {
  const { api, sent } = await house({ policy: { approve: 'danger' } });
  const { text, data, isError } = await api(
    'DELETE',
    '/nodes/pve1/qemu/100',
    { purge: true },
    { dry_run: true },
  );
  expect(isError).toBe(false);
  const lines = text.split('\n');
  expect(lines.slice(0, 3)).toEqual([
    'DRY RUN, nothing was sent: DELETE /api2/json/nodes/pve1/qemu/100',
    'query:',
    '  purge=1',
  ]);
  expect(text).toMatch(/^effect: danger, /m);
  expect(text).toMatch(/^guests: 100 web1 \(qemu on pve1\)$/m);
  expect(text).toMatch(/^privilege: VM\.Allocate on \/vms\/100 \(this login: yes\)$/m);
  expect(text).toMatch(/^task: begins qmdestroy \(destroy a VM\)$/m);
  expect(text).toMatch(/^approval: a person must approve it first$/m);
  expect(data?.dry_run).toMatchObject({ effect: 'danger', needs_approval: true, params: { purge: '1' } });
  expect(sent).toEqual([]);
});

test('dry_run tells of settings, missing privileges, offline nodes and bad parameters', async () => {
  const { api, sent } = await house({ policy: { readOnly: true }, token: 'monitor@pve!ro' });
  const dry = (method: string, path: string, data = {}) => api(method, path, data, { dry_run: true });
  const { text } = await dry('PUT', CONFIG, { cores: 'many' });
  expect(text).toMatch(/^effect: change/m);
  expect(text).toMatch(/^privilege: .* \(this login: MISSING/m);
  expect(text).toMatch(/^forbidden by the settings: /m);
  expect(text).toMatch(/^PROBLEM: Proxmox would refuse a parameter: cores: type check /m);
  expect((await dry('GET', '/nodes/pve2/status')).text).toMatch(/^PROBLEM: Node pve2 is offline/m);
  const { text: read } = await dry('GET', '/nodes');
  expect(read).toMatch(/^DRY RUN.*GET \/api2\/json\/nodes\neffect: read\n/);
  expect(sent).toEqual([]);
});

test('dry_run shows no secrets', async () => {
  const { api } = await house();
  const data = { userid: 'ann@pve', password: 'correct-horse' };
  const answer = await api('POST', '/access/users', data, { dry_run: true });
  expect(answer.text).toMatch(/^ {2}password=\[redacted\]$/m);
  expect(JSON.stringify(answer)).not.toContain('correct-horse');
});

test('rows are filtered, their fields chosen, and what is left out is said', async () => {
  const { api } = await house();
  const { text, data } = await api(...(['GET', '/cluster/resources', { type: 'vm' }] as const), {
    filter: 'type=qemu',
    fields: ['vmid', 'name'],
    limit: 1,
  });
  expect(text.split('\n')[0]).toBe('GET /cluster/resources: 4 items, 3 match, the first 1 shown');
  expect(data).toMatchObject({ all: 4, matched: 3 });
  const [only = {}] = (data?.data ?? []) as object[];
  expect(Object.keys(only)).toEqual(['name', 'vmid']);
  const { text: unknown } = await api('GET', '/nodes', undefined, { fields: 'nodename' });
  expect(unknown).toContain('NOTE: Nothing here has nodename; known: ');
  const { text: none } = await api('GET', '/nodes', undefined, {
    filter: { maxmem: '<1M', status: 'online' },
  });
  expect(none).toMatch(/^GET \/nodes: 2 items, 0 match$/m);
  expect((await api('GET', '/nodes', undefined, { filter: 'mem>x' })).text).toContain('which is no number');
});

test('beside what is surely no name, words in capitals are asked for too; alone they may be names', async () => {
  const { api, sent } = await house();
  const { text } = await api('GET', '/nodes/NODE/storage/STORAGE/content');
  expect(text).toContain('The path needs real values for node and storage.');
  const { text: ct } = await api('GET', '/nodes/pve1/lxc/CTID/config');
  expect(ct).toContain('The path needs real values for vmid.');
  expect(sent).toEqual([]);
  await api('GET', '/nodes/pve1/storage/STORAGE/content');
  expect(sent).toEqual(['GET /api2/json/nodes/pve1/storage/STORAGE/content']);
});

test('a change of a guest says where to see what waits for its next start; an empty list is told in one line', async () => {
  const { api } = await house();
  const { text } = await api('PUT', CONFIG, { memory: 1024 });
  expect(text).toContain('takes at its next start: GET /nodes/pve1/qemu/100/pending');
  const { text: none } = await api('GET', '/cluster/firewall/rules');
  expect(none).toBe('GET /cluster/firewall/rules: 0 items');
});
