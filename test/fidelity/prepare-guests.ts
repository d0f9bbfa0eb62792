import { labGuest } from '../../src/simulator/seeds/lab-guests.ts';
import type { Lab } from './lab.ts';

/** What was done off the record before a recording was taken, by the recording's name. */
export type Preparations = Record<string, (lab: Lab) => Promise<unknown> | unknown>;

const vm = (vmid: number) => `/nodes/pve/qemu/${vmid}`;
const ct = (vmid: number) => `/nodes/pve/lxc/${vmid}`;

function removeEverything({ world }: Lab): void {
  for (const { vmid } of world.guestsInOrder()) world.removeGuest(vmid);
  const local = world.storages.get('local');
  for (const { volid } of local?.volumes('pve') ?? []) local?.remove('pve', volid);
  for (const { path, type, ugid, roleid } of world.access.acl.entries()) {
    world.access.acl.revoke(path, type, ugid, roleid);
  }
  world.access.users.get('root@pam')?.tokens.clear();
  world.access.changed();
}

/** An image that brings a system with an agent, as web1 boots it. */
function addImage({ world }: Lab, volid: string, content: 'iso' | 'vztmpl', size: number): void {
  const format = content === 'iso' ? 'iso' : 'tgz';
  const file = { volid, content, format, size, used: size, ctime: world.seconds() };
  world.storages.get('local')?.add('pve', file);
}

async function makeContainer(lab: Lab, vmid: number, hostname: string): Promise<void> {
  await lab.do(
    'POST /nodes/pve/lxc',
    {
      ...{ vmid, hostname, ostemplate: 'local:vztmpl/lab-busybox_1.0-1_amd64.tar.gz', ostype: 'unmanaged' },
      ...{ rootfs: 'local:0', memory: 128, swap: 0, unprivileged: 0 },
      net0: `name=eth0,bridge=vmbr0,ip=198.51.100.88/24`,
    },
    'root',
  );
}

/** The life of the guests. */
export const guestPreparations: Preparations = {
  token_create_full: removeEverything,
  auth_none: async (lab) => {
    addImage(lab, 'local:iso/labguest.iso', 'iso', 16_574_464);
    await lab.do(`POST ${vm(100)}/status/stop`);
    await lab.do(`PUT ${vm(100)}/config`, {
      ...{ ide2: 'local:iso/labguest.iso,media=cdrom', serial0: 'socket', delete: 'kvm' },
    });
    await lab.do(`POST ${vm(100)}/status/start`);
    const guest = lab.world.guests.get(100);

    if (guest) guest.inside = { ...labGuest };
    await lab.do('POST /nodes/pve/qemu', { vmid: 101, name: 'kvmtest', net0: 'virtio,bridge=vmbr99' });
  },
  vm_config_digest_bad_format: (lab) => lab.do(`PUT ${vm(101)}/config`, { delete: 'tags,description' }),
  vm_snapshot_list: async (lab) => {
    await lab.do('POST /nodes/pve/qemu', {
      ...{ vmid: 102, name: 'snapvm', memory: 64, scsi0: 'local:1,format=qcow2' },
      ...{ scsihw: 'virtio-scsi-single', net0: 'virtio,bridge=vmbr0' },
    });
    await lab.do(`POST ${vm(102)}/snapshot`, { snapname: 'before', description: 'first snap' });
  },
  vm_status_paused: async (lab) => {
    await lab.do(`DELETE ${vm(102)}/snapshot/live`);
    await lab.do(`POST ${vm(102)}/status/suspend`);
  },
  agent_generic_post: async (lab) => {
    await lab.do('POST /nodes/pve/qemu', { vmid: 105, name: 'ephemeral', memory: 64 });
    await lab.do(`POST ${vm(105)}/status/start`);
  },
  agent_not_running: async (lab) => {
    await lab.do(`PUT ${vm(102)}/config`, { agent: 1 });
    await lab.do(`POST ${vm(102)}/status/start`);
  },
  storage_cfg_get: (lab) => lab.do(`POST ${vm(102)}/status/stop`),
  vm_hash_config_lock: (lab) => lab.clock.advance(1000),
  uni_wide: async (lab) => {
    const backup = { storage: 'local', mode: 'snapshot' };
    await lab.do('POST /nodes/pve/vzdump', { ...backup, vmid: 100, compress: 'zstd' });
    lab.until(Date.parse('2026-11-22T16:41:18Z'));
    await lab.do('POST /nodes/pve/vzdump', { ...backup, vmid: 101 });
    lab.until(Date.parse('2026-11-22T16:41:19Z'));
    await lab.do('POST /nodes/pve/vzdump', { ...backup, vmid: 102 });
    await lab.do(`POST ${vm(102)}/status/stop`);
  },
  lxc_config: async (lab) => {
    addImage(lab, 'local:vztmpl/lab-busybox_1.0-1_amd64.tar.gz', 'vztmpl', 730_000);
    await makeContainer(lab, 200, 'ct200');
  },
  lxc_pending: (lab) => lab.do(`POST ${ct(200)}/status/start`),
  lxc_stop_not_running: (lab) => lab.do(`POST ${ct(200)}/status/stop`),
  lxc_reboot: (lab) => lab.do(`POST ${ct(200)}/status/start`),
  lxc_start_again: (lab) => lab.do(`POST ${ct(200)}/status/stop`),
  lxc_list_running: (lab) => makeContainer(lab, 201, 'ctclone'),
  cluster_resources_with_ct: (lab) => lab.clock.advance(10_000),
  vm_start_again: (lab) => lab.do(`POST ${vm(100)}/status/stop`),
  vm_config_unused: (lab) => lab.do(`PUT ${vm(110)}/config`, { delete: 'scsi0' }),
  vm_hotunplug_net: (lab) => lab.do(`PUT ${vm(100)}/config`, { net1: 'virtio,bridge=vmbr0' }),
  vm_config_boot_with_new_cd_after: (lab) =>
    lab.do(`PUT ${vm(101)}/config`, {
      ...{ ide0: 'none,media=cdrom', ide2: 'none,media=cdrom', boot: 'order=ide0' },
    }),
  vm_lockfile_timeout_task: (lab) => {
    const guest = lab.world.guests.get(102);
    if (guest) guest.held = true;
  },
  vm_create_return_and_list: async (lab) => {
    const guest = lab.world.guests.get(102);
    if (guest) guest.held = false;
    await lab.do(`POST ${vm(102)}/status/start`);
    await lab.do('POST /nodes/pve/qemu', { vmid: 192, name: 'fresh', memory: 32 });
  },
};
