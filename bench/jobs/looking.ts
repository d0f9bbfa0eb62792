import { describe, get, type Job, NODES, search, tool } from './job.ts';

const each = (path: (node: string) => string, more?: Record<string, unknown>) =>
  NODES.map((node) => get(path(node), more));
const disksOf = (node: string) => `/nodes/${node}/disks/list`;

/** What is asked of guests and of the cluster, and changes nothing. */
export const looking: readonly Job[] = [
  {
    question: 'Is my cluster healthy?',
    curated: [tool('cluster_health', {})],
    raw: [
      search('cluster status quorum'),
      get('/cluster/status'),
      get('/cluster/resources'),
      get('/cluster/ha/status/current'),
      ...each((node) => `/nodes/${node}/status`),
      ...each((node) => `/nodes/${node}/certificates/info`),
      get('/cluster/tasks', { filter: 'status!=OK', limit: 20 }),
      ...each((node) => `/nodes/${node}/services`),
    ],
    facts: [/nas/, /pve2/, /vzdump|backup/i],
  },
  {
    question: 'Who uses most of the CPU?',
    curated: [tool('top_consumers', {})],
    raw: [
      search('resources of all guests cpu'),
      get('/cluster/resources', { data: { type: 'vm' }, fields: 'vmid,name,node,cpu,maxcpu,status' }),
    ],
    facts: [/105/, /build/],
  },
  {
    question: 'Why is db1 slow?',
    curated: [tool('explain_slow', { guest: 'db1' })],
    raw: [
      search('metrics of a VM over time'),
      get('/cluster/resources', {
        data: { type: 'vm' },
        fields: 'vmid,name,node,cpu,maxcpu,mem,maxmem,status',
      }),
      get('/nodes/pve1/qemu/102/status/current'),
      get('/nodes/pve1/qemu/102/config'),
      get('/nodes/pve1/qemu/102/rrddata', { data: { timeframe: 'hour' }, limit: 20 }),
      get('/nodes/pve1/rrddata', { data: { timeframe: 'hour' }, limit: 20 }),
      get('/nodes/pve1/status'),
      get('/cluster/tasks', { limit: 10 }),
    ],
    facts: [/cpu/i, /pve1/],
  },
  {
    question: "Why did last night's backup fail?",
    curated: [tool('get_task', { type: 'backup', failed: true })],
    raw: [
      search('task list of a node'),
      search('log of a task'),
      ...each((node) => `/nodes/${node}/tasks`, { data: { typefilter: 'vzdump', errors: 1 } }),
      tool('proxmox_api_call', (before) => {
        const failed = before
          .flatMap(({ data }) => (Array.isArray(data?.data) ? data.data : []))
          .find((row) => row?.upid && row.status !== 'OK');
        return { path: `/nodes/pve1/tasks/${failed?.upid}/log`, data: { limit: 500 } };
      }),
    ],
    facts: [/No space left/i, /102/],
  },
  {
    question: "What are web1's addresses?",
    curated: [tool('get_guest', { guest: 'web1' })],
    raw: [
      search('ip addresses of a VM'),
      get('/cluster/resources', { data: { type: 'vm' }, fields: 'vmid,name,node', filter: 'name=web1' }),
      get('/nodes/pve1/qemu/100/agent/network-get-interfaces'),
    ],
    facts: [/192\.0\.2\.100/],
  },
  {
    question: 'Who changed what since yesterday?',
    curated: [tool('list_tasks', { since: '24h' })],
    raw: [search('task list'), get('/cluster/tasks'), ...each((node) => `/nodes/${node}/tasks`)],
    facts: [/alice@pve/, /root@pam/],
  },
  {
    question: 'Why did the start of 106 fail?',
    curated: [tool('get_task', { guest: '106', failed: true })],
    raw: [
      search('task list of a node'),
      get('/cluster/resources', { data: { type: 'vm' }, fields: 'vmid,name,node', filter: 'vmid=106' }),
      get('/nodes/pve2/tasks', { data: { vmid: 106, errors: 1 } }),
      tool('proxmox_api_call', (before) => ({
        path: `/nodes/pve2/tasks/${before.at(-1)?.data?.data?.[0]?.upid}/log`,
      })),
    ],
    facts: [/start failed|QEMU exited/],
  },
  {
    question: 'What do disks and pools look like?',
    curated: [tool('disk_report', {})],
    raw: [
      search('disks SMART health'),
      describe('GET', '/nodes/{node}/disks/list'),
      ...each(disksOf),
      ...each((node) => `/nodes/${node}/disks/zfs`),
      get('/nodes/pve3/disks/zfs/tank'),
      ...each((node) => `/nodes/${node}/disks/lvmthin`),
    ],
    facts: [/tank/, /DEGRADED/i],
  },
];
