import { describe, get, type Job, NODES, search, tool } from './job.ts';

const each = (path: (node: string) => string, more?: Record<string, unknown>) =>
  NODES.map((node) => get(path(node), more));
const guests = get('/cluster/resources', { data: { type: 'vm' }, fields: 'vmid,name,node,type,status' });

/** What needs the sum of many places. */
export const reporting: readonly Job[] = [
  {
    question: 'What is not backed up, or has a stale backup?',
    curated: [tool('backup_report', {})],
    raw: [
      search('guests without a backup job'),
      guests,
      get('/cluster/backup-info/not-backed-up'),
      get('/cluster/backup'),
      get('/nodes/pve1/storage/nas/content', { data: { content: 'backup' } }),
      ...each((node) => `/nodes/${node}/storage/local/content`, { data: { content: 'backup' } }),
      ...each((node) => `/nodes/${node}/tasks`, { data: { typefilter: 'vzdump', limit: 20 } }),
    ],
    facts: [/103/, /backup-nightly/],
  },
  {
    question: 'When will my storage be full?',
    curated: [tool('storage_report', {})],
    raw: [
      search('storage usage over time'),
      get('/cluster/resources', { data: { type: 'storage' } }),
      ...['local', 'local-lvm', 'nas'].map((storage) =>
        get(`/nodes/pve1/storage/${storage}/rrddata`, {
          data: { timeframe: 'month' },
          fields: 'time,used,total',
          limit: 60,
        }),
      ),
      get('/nodes/pve3/storage/tank/rrddata', {
        data: { timeframe: 'month' },
        fields: 'time,used,total',
        limit: 60,
      }),
    ],
    facts: [/nas/],
  },
  {
    question: 'Which disks belong to nobody?',
    curated: [tool('storage_report', {})],
    raw: [
      search('content of a storage'),
      guests,
      ...each((node) => `/nodes/${node}/storage/local-lvm/content`),
      get('/nodes/pve1/storage/nas/content', { data: { content: 'images' } }),
      get('/nodes/pve3/storage/tank/content'),
      get('/nodes/pve2/qemu/106/config'),
    ],
    facts: [/vm-151-disk-0/, /vm-152-disk-0/],
  },
  {
    question: 'Which nodes need updates or a reboot?',
    curated: [tool('updates_report', {})],
    raw: [
      search('pending package updates of a node'),
      ...each((node) => `/nodes/${node}/apt/update`),
      ...each((node) => `/nodes/${node}/apt/versions`),
      ...each((node) => `/nodes/${node}/status`),
      ...each((node) => `/nodes/${node}/apt/repositories`),
    ],
    facts: [/openssl/, /pve2/],
  },
  {
    question: 'Who has too many rights?',
    curated: [tool('access_report', {})],
    raw: [
      search('users and tokens'),
      search('access control list'),
      get('/access/users', { data: { full: 1 } }),
      get('/access/acl'),
      get('/access/roles'),
      get('/access/tfa'),
      get('/access/domains'),
    ],
    facts: [/bob@pve/, /deploy/],
  },
  {
    question: 'What does the firewall let through?',
    curated: [tool('firewall_report', {})],
    raw: [
      search('firewall options and rules'),
      guests,
      get('/cluster/firewall/options'),
      get('/cluster/firewall/rules'),
      ...each((node) => `/nodes/${node}/firewall/options`),
      ...[100, 102].flatMap((vmid) => [
        get(`/nodes/pve1/qemu/${vmid}/firewall/options`),
        get(`/nodes/pve1/qemu/${vmid}/firewall/rules`),
        get(`/nodes/pve1/qemu/${vmid}/config`),
      ]),
      ...[101, 103, 106].flatMap((vmid) => [
        get(`/nodes/pve2/qemu/${vmid}/firewall/options`),
        get(`/nodes/pve2/qemu/${vmid}/config`),
      ]),
    ],
    facts: [/firewall/i],
  },
  {
    question: 'Is the quorum safe, and what does HA do?',
    curated: [tool('cluster_health', {})],
    raw: [
      search('quorum votes'),
      search('HA status'),
      describe('GET', '/cluster/ha/status/current'),
      get('/cluster/status'),
      get('/cluster/ha/status/current'),
      get('/cluster/ha/resources'),
      get('/cluster/config/nodes'),
    ],
    facts: [/quor/i],
  },
];
