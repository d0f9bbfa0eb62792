import { boughtCertificate } from '../world/certificates.ts';
import type { Update } from '../world/node.ts';
import type { World } from '../world/world.ts';
import { GiB } from './build.ts';

const day = 86_400;

/** What nobody has looked after for a while, so that there is something to find. */
export function seedDemoTroubles(world: World): void {
  addForgottenDisks(world);
  addForgottenRights(world);
  addWornDisks(world);
  addHalfDoneUpdates(world);
  const pve2 = world.nodes.get('pve2');
  if (!pve2) return;
  pve2.updates.push(...updates);
  const until = world.seconds() + 9 * day;
  const issuer = '/C=AT/O=Example/CN=Example Issuing CA 2';
  pve2.certificate = boughtCertificate('pve2.lab.example', issuer, until - 365 * day, until);
}

/** Disks of guests that are no more, and one that its guest does not use. */
function addForgottenDisks(world: World): void {
  const disk = (node: string, storageid: string, vmid: number, name: string, gib: number, days: number) => {
    const storage = world.storages.get(storageid);
    const format = storage?.files ? 'qcow2' : 'raw';
    const [size, ctime] = [gib * GiB, world.seconds() - days * day];
    const volid = `${storageid}:${storage?.files ? `${vmid}/` : ''}${name}`;
    storage?.add(node, { volid, content: 'images', format, size, used: size / 4, ctime, vmid });
    return volid;
  };
  disk('pve2', 'local-lvm', 151, 'vm-151-disk-0', 80, 310);
  disk('pve1', 'nas', 152, 'vm-152-disk-0.qcow2', 40, 190);
  const unused = disk('pve2', 'local-lvm', 106, 'vm-106-disk-1', 30, 120);
  world.guests.get(106)?.set({ unused0: unused });
}

/** A disk near its end, half of a mirror that is lost, and a thin pool that will stop though it has room for data. */
function addWornDisks(world: World): void {
  world.nodes.get('pve1')?.wear.set('nvme0n1', { wearout: 9 });
  world.nodes.get('pve2')?.thinMetadata.set('pve/data', 0.91);
  const pve3 = world.nodes.get('pve3');
  pve3?.wear.set('sdb', { health: 'FAILED!', wearout: 34, reallocated: 1968 });
  pve3?.zpools.set('tank', {
    faulted: { disk: 'sdb', read: 3, write: 214, cksum: 12 },
    scan: `scrub repaired 1.25M in 03:12:44 with 0 errors on ${ctime(world.seconds() - 14 * day)}`,
  });
}

/** A moment as C writes it: `Sun Nov  8 03:36:45 2026`. */
function ctime(seconds: number): string {
  const [weekday, date, month, year, time] = new Date(seconds * 1000).toUTCString().split(/,? /);
  return `${weekday} ${month} ${String(Number(date)).padStart(2)} ${time} ${year}`;
}

/** pve1 has its updates but was not booted since; pve3 asks for them where only subscribers get any. */
function addHalfDoneUpdates(world: World): void {
  const pve1 = world.nodes.get('pve1');
  pve1?.kernels.unshift('6.17.4-1-pve');
  pve1?.packages.set('qemu-server', '9.2.7');
  const pve3 = world.nodes.get('pve3');
  if (pve3) pve3.enterprise = true;
}

/** Somebody who may do everything and needs no second factor, a token whose time is nearly up, and what is left of one who went. */
function addForgottenRights(world: World): void {
  const { access } = world;
  access.addUser('bob@pve', {
    firstname: 'Bob',
    email: 'bob@contractor.example',
    comment: 'contractor, network',
  });
  access.grant('/', 'user', 'bob@pve', 'Administrator');
  access.addUser('ci@pve', { comment: 'deployments of the shop' });
  access.addToken('ci@pve', 'deploy', {
    privsep: 0,
    expire: world.seconds() + 5 * day,
    comment: 'renew in time',
  });
  access.grant('/pool/shop', 'user', 'ci@pve', 'PVEVMAdmin');
  // Left the company; the account was switched off, its token was not thought of.
  access.addUser('dora@pve', { firstname: 'Dora', comment: 'left in spring', enable: 0 });
  access.addToken('dora@pve', 'laptop', { privsep: 0, comment: 'scripts' });
  access.grant('/pool/office', 'user', 'dora@pve', 'PVEVMAdmin');
}

const updates: Update[] = [
  {
    ...{ name: 'openssl', title: 'Secure Sockets Layer toolkit - cryptographic utility', section: 'utils' },
    ...{ origin: 'Debian', from: '3.5.4-1~deb13u1', to: '3.5.4-1~deb13u2' },
  },
  {
    ...{ name: 'proxmox-kernel-6.17', title: 'Latest Proxmox Kernel Image', section: 'admin' },
    ...{ origin: 'Proxmox', from: '6.17.2-1', to: '6.17.4-1' },
  },
  {
    ...{ name: 'qemu-server', title: 'Qemu Server Tools', section: 'admin' },
    ...{ origin: 'Proxmox', from: '9.2.6', to: '9.2.7' },
  },
];
