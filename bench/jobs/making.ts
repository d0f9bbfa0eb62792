import { describe, get, type Job, search, send, tool } from './job.ts';

const guests = get('/cluster/resources', {
  data: { type: 'vm' },
  fields: 'vmid,name,node,type,status,template',
});
const storages = get('/cluster/resources', { data: { type: 'storage' } });

/** What makes guests. */
export const making: readonly Job[] = [
  {
    question: 'Make a VM from the Debian cloud image, with my key, and start it.',
    curated: [
      tool('create_vm', {
        name: 'fresh',
        image: 'https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2',
        user: 'me',
        ssh_keys: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample me',
      }),
    ],
    raw: [
      search('create a VM'),
      search('download a file to a storage'),
      describe('POST', '/nodes/{node}/qemu'),
      describe('POST', '/nodes/{node}/storage/{storage}/download-url'),
      get('/cluster/nextid'),
      storages,
      send('POST', '/nodes/pve1/storage/local/download-url', {
        content: 'import',
        filename: 'debian-13.qcow2',
        url: 'https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2',
      }),
      send('POST', '/nodes/pve1/qemu', {
        ...{
          vmid: 300,
          name: 'fresh',
          memory: '2048',
          cores: 2,
          scsihw: 'virtio-scsi-single',
          agent: '1',
          serial0: 'socket',
        },
        ...{
          scsi0: 'local-lvm:0,import-from=local:import/debian-13.qcow2',
          ide2: 'local-lvm:cloudinit',
          boot: 'order=scsi0',
        },
        ...{
          ciuser: 'me',
          sshkeys: 'ssh-ed25519%20AAAAC3NzaC1lZDI1NTE5AAAAIExample%20me',
          ipconfig0: 'ip=dhcp',
          net0: 'virtio,bridge=vmbr0',
        },
      }),
      describe('PUT', '/nodes/{node}/qemu/{vmid}/resize'),
      send('PUT', '/nodes/pve1/qemu/300/resize', { disk: 'scsi0', size: '32G' }),
      send('POST', '/nodes/pve1/qemu/300/status/start'),
      get('/nodes/pve1/qemu/300/status/current'),
    ],
    facts: [/300|fresh/],
  },
  {
    question: 'Make a container from a Debian template, and start it.',
    curated: [tool('create_container', { name: 'box', image: 'debian-13-standard' })],
    raw: [
      search('create a container'),
      search('container templates'),
      describe('POST', '/nodes/{node}/lxc'),
      get('/cluster/nextid'),
      storages,
      get('/nodes/pve1/storage/local/content', { data: { content: 'vztmpl' } }),
      send('POST', '/nodes/pve1/lxc', {
        ...{
          vmid: 301,
          hostname: 'box',
          ostemplate: 'nas:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
          unprivileged: 1,
        },
        ...{ rootfs: 'local-lvm:8', net0: 'name=eth0,bridge=vmbr0,ip=dhcp', start: 1 },
      }),
      get('/nodes/pve1/lxc/301/interfaces'),
    ],
    facts: [/box|301/],
  },
  {
    question: 'Clone the template and start the clone.',
    curated: [tool('clone_guest', { guest: '9000', name: 'copy', start: true })],
    raw: [
      search('clone a VM'),
      describe('POST', '/nodes/{node}/qemu/{vmid}/clone'),
      guests,
      get('/cluster/nextid'),
      send('POST', '/nodes/pve1/qemu/9000/clone', { newid: 302, name: 'copy' }),
      send('POST', '/nodes/pve1/qemu/302/status/start'),
      get('/nodes/pve1/qemu/302/status/current'),
    ],
    facts: [/copy|302/],
  },
  {
    question: 'Bring back the last backup of dns beside the one that runs.',
    curated: [tool('restore_backup', { backup: 'dns' })],
    raw: [
      search('restore a container from a backup'),
      describe('POST', '/nodes/{node}/lxc'),
      guests,
      get('/nodes/pve1/storage/nas/content', { data: { content: 'backup', vmid: 200 } }),
      get('/cluster/nextid'),
      tool('proxmox_api_call', (before) => {
        const backups = (before[3]?.data?.data ?? []) as { volid: string; ctime: number }[];
        const newest = [...backups].sort((a, b) => b.ctime - a.ctime)[0];
        const data = { vmid: 303, ostemplate: newest?.volid, restore: 1, storage: 'local-lvm', unique: 1 };
        return { path: '/nodes/pve1/lxc', method: 'POST', data };
      }),
    ],
    facts: [/200|dns/],
  },
];
