import { expect, test } from 'vitest';
import { type Effect, effectOf, isEverydayRead } from './effect.ts';
import type { Method } from './method.ts';
import { pveCatalog } from './pve-catalog.ts';

/** The effect of a call, as whoever sends it would write it. */
function effect(call: string, params: Record<string, unknown> = {}): Effect {
  const [verb = '', path = ''] = call.split(' ');
  const found = pveCatalog().find(verb, path);
  if (found === undefined) throw new Error(`no such method: ${call}`);
  return effectOf(found.method, params).effect;
}

const GUEST = '/nodes/pve1/qemu/100';

test.each<[Effect, string[]]>([
  [
    'change',
    ['start', 'shutdown', 'reboot', 'suspend', 'resume'].map((word) => `POST ${GUEST}/status/${word}`),
  ],
  ['danger', ['stop', 'reset'].map((word) => `POST ${GUEST}/status/${word}`)],
  ['danger', ['POST /nodes/pve1/lxc/101/status/stop', `DELETE ${GUEST}`, 'DELETE /nodes/pve1/lxc/101']],
  [
    'change',
    [`POST ${GUEST}/clone`, `POST ${GUEST}/snapshot`, `POST ${GUEST}/migrate`, `PUT ${GUEST}/resize`],
  ],
  [
    'change',
    ['POST /nodes/pve1/qemu', 'POST /nodes/pve1/lxc', 'POST /nodes/pve1/vzdump', `POST ${GUEST}/move_disk`],
  ],
  ['change', [`PUT ${GUEST}/config`, `POST ${GUEST}/config`, 'PUT /nodes/pve1/lxc/101/config']],
  ['danger', [`POST ${GUEST}/snapshot/a/rollback`, `DELETE ${GUEST}/snapshot/a`]],
  ['danger', ['exec', 'file-write', 'set-user-password'].map((word) => `POST ${GUEST}/agent/${word}`)],
  ['read', [`POST ${GUEST}/agent/ping`, `GET ${GUEST}/agent/file-read`, `GET ${GUEST}/config`]],
  ['change', ['download-url', 'upload'].map((word) => `POST /nodes/pve1/storage/local/${word}`)],
  ['change', ['POST /nodes/pve1/aplinfo', 'POST /nodes/pve1/startall', 'POST /nodes/pve1/migrateall']],
  ['danger', ['POST /nodes/pve1/stopall', 'POST /nodes/pve1/suspendall']],
  ['danger', ['POST /cluster/bulk-action/guest/shutdown', 'POST /cluster/bulk-action/guest/suspend']],
  [
    'danger',
    ['status', 'execute', 'termproxy', 'vncshell', 'spiceshell'].map((word) => `POST /nodes/pve1/${word}`),
  ],
  ['danger', ['PUT /nodes/pve1/network', 'PUT /cluster/sdn', 'PUT /access/acl', 'POST /access/users']],
  ['danger', ['GET /nodes/pve1/vncwebsocket', `GET ${GUEST}/vncwebsocket`, `GET ${GUEST}/mtunnelwebsocket`]],
])('%s: %j', (wanted, calls) => {
  for (const call of calls) expect([call, effect(call)]).toEqual([call, wanted]);
});

test.each<[string, Record<string, unknown>]>([
  [`POST ${GUEST}/status/shutdown`, { forceStop: '1' }],
  [`POST ${GUEST}/status/shutdown`, { forceStop: true }],
  [`POST ${GUEST}/status/start`, { skiplock: 1 }],
  ['POST /nodes/pve1/qemu', { vmid: '100', archive: 'local:backup/x.vma', force: '1' }],
  ['POST /nodes/pve1/qemu', { vmid: '100', scsi0: '/dev/sdb' }],
  ['POST /nodes/pve1/lxc', { vmid: '100', mp0: '/etc,mp=/host' }],
  ['PUT /nodes/pve1/lxc/101/config', { dev0: '/dev/sdb' }],
  [`PUT ${GUEST}/config`, { cdrom: '/dev/sdb' }],
  // The part without a key may stand anywhere.
  [`PUT ${GUEST}/config`, { scsi1: 'cache=none,/dev/sdb' }],
  [`PUT ${GUEST}/config`, { scsi1: 'local-lvm:0,import-from=/etc/shadow' }],
  [`PUT ${GUEST}/config`, { efidisk0: '/dev/sdb' }],
  [`PUT ${GUEST}/config`, { hostpci0: '0000:01:00.0,pcie=1' }],
  [`PUT ${GUEST}/config`, { delete: 'unused0' }],
  [`PUT ${GUEST}/config`, { delete: 'description;net0' }],
  [`POST ${GUEST}/config`, { delete: ['description', 'scsi1'] }],
  [`PUT ${GUEST}/config`, { protection: '0' }],
  [`PUT ${GUEST}/config`, { protection: '' }],
  [`PUT ${GUEST}/config`, { protection: 'no' }],
  [`PUT ${GUEST}/config`, { protection: ['1', '0'] }],
  [`PUT ${GUEST}/config`, { hookscript: 'local:snippets/x.sh' }],
  [`PUT ${GUEST}/config`, { net0: 'virtio,bridge=vmbr0,link_down=1' }],
  ['POST /nodes/pve1/vzdump', { vmid: '100', 'prune-backups': 'keep-last=1' }],
  ['POST /nodes/pve1/vzdump', { vmid: '100', stop: '1' }],
  ['POST /cluster/backup', { all: '1', script: '/root/x' }],
  ['PUT /nodes/pve1/storage/local/content/local:backup/x.vma', { protected: '0' }],
  ['PUT /storage/local', { disable: '1' }],
  ['POST /storage', { storage: 'a', type: 'lvm', vgname: 'v', base: 'iscsi:0.0.0.lun' }],
  ['PUT /cluster/backup/nightly', { enabled: '0' }],
  ['PUT /cluster/ha/rules/r', { disable: '1' }],
  ['PUT /cluster/ha/resources/vm:100', { state: 'ignored' }],
  ['PUT /cluster/notifications/matchers/m', { disable: '1' }],
  ['PUT /cluster/mapping/dir/d', { map: 'node=pve1,path=/etc' }],
  ['POST /storage', { storage: 'a', type: 'dir', path: '/etc/pve/qemu-server' }],
  ['POST /storage', { storage: 'a', type: 'dir', path: '/' }],
  ['POST /storage', { storage: 'a', type: 'dir', path: '/mnt/../root' }],
  ['POST /storage', { storage: 'a', type: 'dir', path: '/var/lib/pve-cluster' }],
  ['PUT /cluster/ha/resources/vm:100', { state: 'stopped' }],
  ['PUT /pools', { poolid: 'a', vms: '100', delete: '1' }],
  ['DELETE /cluster/sdn/lock', { force: '1' }],
])('parameters make it a danger: %s %j', (call, params) => {
  expect(effect(call)).toBe('change');
  expect(effect(call, params)).toBe('danger');
});

test.each<[string, Record<string, unknown>]>([
  [`POST ${GUEST}/status/shutdown`, { forceStop: '0' }],
  [`POST ${GUEST}/status/shutdown`, { forceStop: '' }],
  [`PUT ${GUEST}/config`, { delete: 'description', protection: '1', net0: 'virtio,link_down=0' }],
  [
    `PUT ${GUEST}/config`,
    { protection: true, scsi1: 'local-lvm:8,serial=a', hostpci0: 'mapping=gpu,pcie=1' },
  ],
  ['PUT /nodes/pve1/lxc/101/config', { mp0: 'local-lvm:8,mp=/data' }],
  ['POST /storage', { storage: 'a', type: 'dir', path: '/mnt/backup' }],
  ['POST /nodes/pve1/vzdump', { vmid: '100', mode: 'stop', 'prune-backups': 'keep-all=1' }],
])('and these do not: %s %j', (call, params) => {
  expect(effect(call, params)).toBe('change');
});

test.each<[string, string]>([
  ['GET /nodes/{node}/{what}', 'GET /nodes/pve1/vncwebsocket'],
  ['GET /nodes/{node}/qemu/{vmid}/{what}', 'GET /nodes/pve1/qemu/100/vncwebsocket'],
  ['GET /{all}', 'GET /backup'],
])('a description that hides %s behind a parameter lowers nothing', (described, call) => {
  const [verb = '', path = ''] = described.split(' ');
  const method = { path, method: verb, parameters: {}, permissions: null } as unknown as Method;
  expect(effectOf(method, {}).effect).toBe('read');
  expect(effectOf(method, {}, call.split(' ')[1]).effect).toBe('danger');
});

test('a name in a path raises nothing', () => {
  for (const path of ['/nodes/pve1/storage/nas/content/nas:backup/x.vma', '/nodes/pve1/qemu/*/config'])
    for (const method of pveCatalog().methodsAt(path))
      expect(effectOf(method, {}, path)).toEqual(effectOf(method));
});

test('a long value is judged as fast as it is read', () => {
  // A pattern that tries every blank again would take minutes.
  expect(effect(`PUT ${GUEST}/config`, { scsi1: `,${' '.repeat(300_000)}` })).toBe('change');
});

test('a flag that is off, or a dry run, makes nothing better', () => {
  expect(effect('POST /access/domains/pve/sync', { 'dry-run': '1' })).toBe('danger');
  expect(effect(`POST ${GUEST}/status/stop`, { skiplock: '0' })).toBe('danger');
});

test.each<[string, Effect]>([
  ['get-osinfo', 'read'],
  ['ping', 'read'],
  ['fstrim', 'change'],
  ['shutdown', 'change'],
  ['fsfreeze-freeze', 'danger'],
  ['guest-exec', 'danger'],
  ['get-osinfo\n', 'danger'],
  ['../exec', 'danger'],
  ['', 'danger'],
])('the old way to the agent is judged by its command: %j is %s', (command, wanted) => {
  expect(effect(`POST ${GUEST}/agent`, { command })).toBe(wanted);
});

test('what nobody knows is a danger, and every danger says why', () => {
  expect(effectOf(undefined).effect).toBe('danger');
  const unheard = { path: '/admin/datastore/{store}/prune', parameters: {}, permissions: null } as const;
  for (const method of ['POST', 'PUT', 'DELETE'] as const)
    expect(effectOf({ ...unheard, method } as unknown as Method).effect).toBe('danger');
  expect(effectOf({ ...unheard, method: 'GET' } as unknown as Method).effect).toBe('read');
  for (const method of pveCatalog().methods) {
    const { effect, because } = effectOf(method);
    expect(because === undefined, `${method.method} ${method.path}`).toBe(effect !== 'danger');
  }
});

test('no DELETE is less than a danger, save two that only forget what was never applied, or let go of a lock', () => {
  const harmless = pveCatalog().methods.filter(
    (one) => one.method === 'DELETE' && effectOf(one).effect !== 'danger',
  );
  expect(harmless.map((one) => one.path)).toEqual(['/cluster/sdn/lock', '/nodes/{node}/network']);
});

test('an everyday read is a read by the rules too', () => {
  for (const method of pveCatalog().methods)
    if (isEverydayRead(method.method, method.path)) expect(effectOf(method).effect).toBe('read');
  expect(isEverydayRead('GET', '/nodes/pve1/tasks/UPID:x:/log')).toBe(true);
  expect(isEverydayRead('GET', '/version\n')).toBe(false);
  expect(isEverydayRead('DELETE', '/nodes')).toBe(false);
});
