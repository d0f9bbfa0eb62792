import { describe, get, type Job, search, send, tool } from './job.ts';

/** What changes guests that are there. */
export const working: readonly Job[] = [
  {
    question: 'Take a snapshot of web1 before an upgrade, and go back to it.',
    curated: [
      tool('snapshot_guest', { guests: 'web1', action: 'create', snapshot: 'my-upgrade' }),
      tool('rollback_guest', { guest: 'web1', snapshot: 'my-upgrade' }),
    ],
    raw: [
      search('snapshot a VM'),
      search('roll back a snapshot'),
      describe('POST', '/nodes/{node}/qemu/{vmid}/snapshot'),
      describe('POST', '/nodes/{node}/qemu/{vmid}/snapshot/{snapname}/rollback'),
      get('/cluster/resources', {
        data: { type: 'vm' },
        fields: 'vmid,name,node,status',
        filter: 'name=web1',
      }),
      get('/nodes/pve1/qemu/100/snapshot'),
      send('POST', '/nodes/pve1/qemu/100/snapshot', { snapname: 'my-upgrade' }),
      send('POST', '/nodes/pve1/qemu/100/snapshot/my-upgrade/rollback'),
    ],
    facts: [/my-upgrade/],
  },
  {
    question: 'Empty pve2 for maintenance: what would go where?',
    curated: [tool('migrate_guest', { evacuate: 'pve2', preview: true })],
    raw: [
      search('migrate all guests of a node'),
      describe('POST', '/nodes/{node}/qemu/{vmid}/migrate'),
      get('/cluster/resources', {
        data: { type: 'vm' },
        fields: 'vmid,name,node,type,status,maxmem,mem',
        filter: 'node=pve2',
      }),
      get('/cluster/resources', { data: { type: 'node' } }),
      get('/cluster/resources', { data: { type: 'storage' } }),
      get('/nodes/pve2/qemu/101/migrate'),
      get('/nodes/pve2/qemu/103/migrate'),
      get('/nodes/pve2/qemu/106/migrate'),
      get('/nodes/pve2/lxc/201/config'),
    ],
    facts: [/101/, /103/, /pve1|pve3/],
  },
  {
    question: 'How full are the disks inside web1?',
    curated: [tool('run_in_guest', { guest: 'web1', command: 'df' })],
    raw: [
      search('run a command in a VM through the agent'),
      describe('POST', '/nodes/{node}/qemu/{vmid}/agent/exec'),
      get('/cluster/resources', {
        data: { type: 'vm' },
        fields: 'vmid,name,node,status',
        filter: 'name=web1',
      }),
      send('POST', '/nodes/pve1/qemu/100/agent/exec', { command: ['df'] }),
      tool('proxmox_api_call', (before) => ({
        path: '/nodes/pve1/qemu/100/agent/exec-status',
        data: { pid: before.at(-1)?.data?.data?.pid },
      })),
    ],
    facts: [/\/dev\/sda1/],
  },
  {
    question: 'Put a line into the hosts file of web1.',
    curated: [
      tool('guest_files', {
        guest: 'web1',
        path: '/etc/hosts',
        old: '127.0.0.1 localhost',
        new: '127.0.0.1 localhost shop',
      }),
    ],
    raw: [
      search('read a file in a VM'),
      describe('POST', '/nodes/{node}/qemu/{vmid}/agent/file-write'),
      get('/cluster/resources', { data: { type: 'vm' }, fields: 'vmid,name,node', filter: 'name=web1' }),
      get('/nodes/pve1/qemu/100/agent/file-read', { data: { file: '/etc/hosts' } }),
      send('POST', '/nodes/pve1/qemu/100/agent/file-write', {
        file: '/etc/hosts',
        content: '127.0.0.1 localhost shop\n127.0.1.1 web1\n',
      }),
    ],
    facts: [/\/etc\/hosts|file-write/],
  },
  {
    question: 'Give mail more memory and a larger disk.',
    curated: [tool('configure_guest', { guest: 'mail', memory: 12288, grow: 'scsi0=+20G' })],
    raw: [
      search('grow a disk of a VM'),
      search('change the config of a VM'),
      describe('PUT', '/nodes/{node}/qemu/{vmid}/resize'),
      describe('POST', '/nodes/{node}/qemu/{vmid}/config'),
      get('/cluster/resources', { data: { type: 'vm' }, fields: 'vmid,name,node', filter: 'name=mail' }),
      get('/nodes/pve2/qemu/103/config'),
      send('POST', '/nodes/pve2/qemu/103/config', { memory: '12288' }),
      send('PUT', '/nodes/pve2/qemu/103/resize', { disk: 'scsi0', size: '+20G' }),
      get('/nodes/pve2/qemu/103/pending'),
    ],
    facts: [/12288|12 GiB/, /scsi0/],
  },
];
