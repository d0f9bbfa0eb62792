// A user's program. It is compiled, never run: a line under `@ts-expect-error` must be a mistake to the compiler.
import { createClient, type PveDelete, type PveGet, type PvePost } from '../../src/client.ts';

const { typed: pve } = createClient({ url: 'pve1.lan', tokenId: 'root@pam!lab', secretFile: '/run/secret' });
const guest = { node: 'pve', vmid: 100 };

/** Holds for two types that are the same, and not for `any` beside another. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_Yes extends true>(): void => {};

// Paths.
await pve.get('/version');
await pve.get('/nodes/{node}/qemu/{vmid}/config', { ...guest, current: true });
// @ts-expect-error no such path
await pve.get('/nodes/{node}/qemu/{vmid}/confg', guest);
// @ts-expect-error a path that is filled in already is none of the description's
await pve.get('/nodes/pve/qemu/100/config');
// @ts-expect-error no such method: a version is not deleted
await pve.delete('/version');

// Parameters of the path.
// @ts-expect-error vmid is missing
await pve.get('/nodes/{node}/qemu/{vmid}/config', { node: 'pve' });
// @ts-expect-error everything is missing
await pve.get('/nodes/{node}/qemu/{vmid}/config');
// @ts-expect-error vmid is a number
await pve.get('/nodes/{node}/qemu/{vmid}/config', { node: 'pve', vmid: 'web' });

// Other parameters.
await pve.get('/cluster/resources');
await pve.get('/cluster/resources', { type: 'vm' });
await pve.get('/cluster/resources', { type: undefined }, { timeoutMs: 1000 });
await pve.get('/version', {}, { timeoutMs: 1000 });
// @ts-expect-error not one of its values
await pve.get('/cluster/resources', { type: 'guests' });
// @ts-expect-error no such parameter
await pve.get('/cluster/resources', { kind: 'vm' });
// @ts-expect-error takes no parameters
await pve.get('/version', { node: 'pve' });
// @ts-expect-error snapname is missing
await pve.post('/nodes/{node}/qemu/{vmid}/snapshot', guest);

// Booleans, families, lists, short forms of property strings, quoted names.
await pve.put('/nodes/{node}/qemu/{vmid}/config', { ...guest, onboot: true, acpi: 0 });
await pve.put('/nodes/{node}/qemu/{vmid}/config', {
  ...guest,
  net0: 'virtio,bridge=vmbr0',
  scsi30: 'local:1',
});
await pve.put('/nodes/{node}/qemu/{vmid}/config', { ...guest, delete: ['net1', 'tags'], revert: 'net0' });
await pve.put('/nodes/{node}/qemu/{vmid}/config', { ...guest, memory: 2048, agent: true });
await pve.put('/nodes/{node}/qemu/{vmid}/config', { ...guest, memory: '2048', agent: 'enabled=1,fstrim=1' });
await pve.post('/nodes/{node}/qemu/{vmid}/agent/exec', { ...guest, command: ['ls', '/'], 'input-data': '' });
await pve.post('/nodes/{node}/vzdump', { node: 'pve', vmid: [100, 101], 'notes-template': '{{guestname}}' });
// @ts-expect-error PVE takes 0 and 1, and true and false are sent as those
await pve.put('/nodes/{node}/qemu/{vmid}/config', { ...guest, onboot: 'yes' });
// @ts-expect-error a member of the family has a number
await pve.put('/nodes/{node}/qemu/{vmid}/config', { ...guest, netX: 'virtio' });
// @ts-expect-error a property string is a text
await pve.put('/nodes/{node}/qemu/{vmid}/config', { ...guest, net0: { model: 'virtio' } });

// Parameters that depend on another's value.
const rule = { rule: 'a', resources: 'vm:100' };
await pve.post('/cluster/ha/rules', { ...rule, type: 'node-affinity', nodes: 'pve1' });
await pve.post('/cluster/ha/rules', { ...rule, type: 'resource-affinity', affinity: 'negative' });
// @ts-expect-error nodes is missing
await pve.post('/cluster/ha/rules', { ...rule, type: 'node-affinity' });

// Answers.
const config = await pve.get('/nodes/{node}/qemu/{vmid}/config', guest);
same<Same<typeof config.net0, string | undefined>>();
same<Same<typeof config.memory, string | undefined>>();
same<Same<typeof config.onboot, 0 | 1 | undefined>>();
same<Same<typeof config.digest, string>>();
// Beyond the schema, as answers often are: there, and unknown until it is looked at.
same<Same<typeof config.somethingElse, unknown>>();
// @ts-expect-error what is unknown is not taken for a text
config.memroy?.length;
// As recorded, beside what the schema promises.
const vmid = await pve.get('/cluster/nextid');
same<Same<typeof vmid, number | string>>();
const upid = await pve.post('/nodes/{node}/qemu/{vmid}/status/start', guest);
same<Same<typeof upid, string>>();
const changed = await pve.put('/nodes/{node}/qemu/{vmid}/config', guest);
same<Same<typeof changed, null>>();
const [resource] = await pve.get('/cluster/resources');
const guests = (await pve.get('/nodes/{node}/lxc', { node: 'pve' })).map(({ vmid }) => vmid);
same<Same<typeof guests, number[]>>();

// One function for both kinds of guest.
export async function nameOf(kind: 'qemu' | 'lxc', vmid: number): Promise<unknown> {
  const { description } = await pve.get(`/nodes/{node}/${kind}/{vmid}/config`, { node: 'pve', vmid });
  same<Same<typeof description, string | undefined>>();
  return description ?? resource?.type;
}

// Types by themselves.
type Create = PvePost['/nodes/{node}/qemu'];
export const plan: Create['params'] = { vmid: 101, name: 'web', cores: 2, net0: 'virtio' };
same<Same<Create['path'], { node: string }>>();
same<Same<PveGet['/version']['path'], Record<never, never>>>();
same<Same<PveGet['/access/domains/{realm}']['returns'], unknown>>();
same<Same<PveDelete['/pools']['params'], { poolid: string }>>();
