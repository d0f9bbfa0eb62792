import type { ThinPool, Zpool } from '../../pve/disks.ts';
import type { Resource } from '../../pve/resources.ts';
import type { ListedTask } from '../../pve/task-lists.ts';
import type { Certificate, NodeStatus, Replication, Service } from '../../pve/vitals.ts';
import { duration, percent, time, usage } from '../../render/units.ts';
import type { Finding } from '../findings.ts';
import { diskFindings } from '../reports/disk-findings.ts';

/** What was seen of one node that is online; what is absent could not be seen. */
export interface NodeFacts {
  node: string;
  status?: NodeStatus | undefined;
  services?: readonly Service[] | undefined;
  certificates?: readonly Certificate[] | undefined;
  /** Those that failed in the time asked for. */
  failed?: readonly ListedTask[] | undefined;
  pools?: readonly Zpool[] | undefined;
  thin?: readonly ThinPool[] | undefined;
  replication?: readonly Replication[] | undefined;
  /** How far its clock may be from ours, in seconds. */
  clock?: { least: number; most: number } | undefined;
}

/** What is wrong with one node. */
export function nodeFindings(seen: NodeFacts, now: number, clustered: boolean): Finding[] {
  const { node, pools, thin } = seen;
  // How full they are is told of the storages on them.
  const disks = {
    pools: pools?.map((pool) => ({ ...pool, alloc: 0 })),
    thin: thin?.map((pool) => ({ ...pool, used: 0 })),
  };
  const ofDisks = diskFindings({ node, smart: new Map(), ...disks }, now);
  return [
    ...loadFindings(node, seen.status),
    ...serviceFindings(node, seen.services, clustered),
    ...certificateFindings(node, seen.certificates ?? [], now),
    ...ofDisks.map(({ severity, what }) => ({ severity, what, fix: `More: disk_report node=${node}` })),
    ...(seen.replication ?? []).flatMap((job) => replicationFinding(job, node)),
  ];
}

function loadFindings(node: string, status: NodeStatus = {}): Finding[] {
  const { load, cpus, memory, swap, rootfs } = status;
  const findings: Finding[] = [];
  const share = (part: { used: number; total: number } | undefined) =>
    part !== undefined && part.total > 0 ? part.used / part.total : 0;
  const look = `See what takes it: top_consumers node=${node}`;
  if (rootfs && share(rootfs) >= 0.9) {
    findings.push({
      severity: share(rootfs) >= 0.95 ? 'critical' : 'warning',
      what: `the root disk of ${node} is ${percent(share(rootfs))} full`,
      evidence: usage(rootfs.used, rootfs.total),
      fix: 'Remove old ISOs, backups and logs on it (storage_report); full, the node stops working.',
    });
  }
  if (memory && share(memory) >= 0.95) {
    const evidence = usage(memory.used, memory.total);
    findings.push({ severity: 'warning', what: `${node} is nearly out of memory`, evidence, fix: look });
  }
  if (swap && share(swap) >= 0.5) {
    const evidence = usage(swap.used, swap.total);
    findings.push({ severity: 'note', what: `${node} swaps`, evidence, fix: look });
  }
  if (load !== undefined && cpus !== undefined && load > cpus * 1.5) {
    const evidence = `load ${load} over 15 minutes on ${cpus} threads`;
    findings.push({ severity: 'warning', what: `${node} is overloaded`, evidence, fix: look });
  }
  return findings;
}

/** Without these a node is not part of anything. */
const VITAL = new Set(['pve-cluster', 'pvedaemon', 'pveproxy', 'corosync']);
const TIMEKEEPERS = new Set(['chrony', 'systemd-timesyncd', 'ntp', 'ntpsec', 'openntpd']);

function serviceFindings(
  node: string,
  services: readonly Service[] | undefined,
  clustered: boolean,
): Finding[] {
  if (services === undefined) return [];
  const findings = services.flatMap(({ name, state, active, unit }): Finding[] => {
    // A lone node has corosync ready and never starts it.
    if (name === 'corosync' && !clustered) return [];
    const down = active === 'failed' || (unit.startsWith('enabled') && active === 'inactive');
    if (!down) return [];
    return [
      {
        ...{ severity: VITAL.has(name) ? 'critical' : 'warning', what: `service ${name} on ${node} is down` },
        ...{
          evidence: `${active} (${state})`,
          fix: `See why: get_logs node=${node} service=${name}; start it again: POST /nodes/${node}/services/${name}/start.`,
        },
      },
    ];
  });
  const kept = services.some(({ name, active }) => TIMEKEEPERS.has(name) && active === 'active');
  if (kept) return findings;
  const fix = 'Install chrony on it: clusters, tickets and certificates need the right time.';
  return [...findings, { severity: 'warning', what: `nothing keeps the clock of ${node} right`, fix }];
}

const DAY = 86_400;

function certificateFindings(node: string, certificates: readonly Certificate[], now: number): Finding[] {
  return certificates.flatMap(({ filename, subject, notafter }): Finding[] => {
    const left = notafter - now;
    if (left > 30 * DAY) return [];
    const when = left < 0 ? `expired ${duration(-left)} ago` : `expires in ${duration(left)}`;
    return [
      {
        severity: left < 0 ? 'critical' : left < 14 * DAY ? 'warning' : 'note',
        what: `certificate ${filename} of ${node} ${when}`,
        evidence: time(notafter),
        said: subject,
        // The node's own is renewed by Proxmox in its last two weeks.
        fix:
          filename === 'pve-ssl.pem'
            ? `pvecm updatecerts --force on ${node}, should Proxmox not renew it by itself.`
            : `Renew it: PUT /nodes/${node}/certificates/acme/certificate, or upload a new one.`,
      },
    ];
  });
}

function replicationFinding({ id, target, fails, error, lastSync }: Replication, node: string): Finding[] {
  if (fails === 0 && error === undefined) return [];
  const last = lastSync ? `last good one ${time(lastSync)}` : 'it never went well';
  return [
    {
      severity: 'warning',
      what: `replication ${id} from ${node}${target === undefined ? '' : ` to ${target}`} fails`,
      evidence: `${fails} times; ${last}`,
      said: error,
      fix: `Its log: GET /nodes/${node}/replication/${id}/log.`,
    },
  ];
}

/** Consoles that somebody closed end in error, too. */
const CONSOLE = /^(?:vncproxy|vncshell|termproxy|spiceproxy|spiceshell|lxcconsole)$/;

/** Tasks that failed alike, together: what, how often, the last of them. */
export function taskFindings(nodes: readonly NodeFacts[], now: number): Finding[] {
  const alike = new Map<string, ListedTask[]>();
  for (const task of nodes.flatMap(({ failed = [] }) => failed)) {
    const key = `${task.type} ${task.exitstatus}`;
    alike.set(key, [...(alike.get(key) ?? []), task]);
  }
  return [...alike.values()].flatMap((tasks): Finding[] => {
    const [last] = tasks.toSorted((a, b) => b.starttime - a.starttime);
    if (last === undefined) return [];
    const backup = last.type === 'vzdump';
    const places = [...new Set(tasks.map(({ id, node }) => (id === '' ? node : `${id} on ${node}`)))];
    const more = places.length > 4 ? ` and ${places.length - 4} more` : '';
    const many = tasks.length === 1 ? 'a task' : `${tasks.length} tasks`;
    return [
      {
        severity: CONSOLE.test(last.type) ? 'note' : 'warning',
        what: `${backup ? (tasks.length === 1 ? 'a backup' : `${tasks.length} backups`) : `${many} ${last.type}`} failed: ${places.slice(0, 4).join(', ')}${more}`,
        evidence: `last ${duration(now - last.starttime)} ago`,
        said: last.exitstatus,
        fix: `${backup ? 'backup_report, or ' : ''}get_task upid=${last.upid}`,
      },
    ];
  });
}

/** Clocks that are surely apart, by more than a second beyond what the reading itself leaves open. */
export function clockFindings(nodes: readonly NodeFacts[]): Finding[] {
  const read = nodes.flatMap(({ node, clock }) => (clock ? [{ node, ...clock }] : []));
  const [ahead] = read.toSorted((a, b) => b.least - a.least);
  const [behind] = read.toSorted((a, b) => a.most - b.most);
  const apart = ahead && behind ? ahead.least - behind.most : 0;
  if (ahead === undefined || behind === undefined || apart <= 1) return [];
  return [
    {
      severity: apart > 10 ? 'critical' : 'warning',
      what: `the clocks of ${ahead.node} and ${behind.node} are at least ${duration(apart)} apart`,
      fix: 'Look at chrony on both: get_logs service=chrony.',
    },
  ];
}

/** Versions of pve-manager that differ, as the nodes tell. */
export function versionFindings(nodes: readonly NodeFacts[]): Finding[] {
  const versions = new Map<string, string[]>();
  for (const { node, status } of nodes) {
    const version = status?.version?.split('/')[1];
    if (version !== undefined) versions.set(version, [...(versions.get(version) ?? []), node]);
  }
  if (versions.size < 2) return [];
  const evidence = [...versions]
    .map(([version, names]) => `${version} on ${names.slice(0, 4).join(', ')}`)
    .join('; ');
  return [
    { severity: 'note', what: 'nodes run different versions of Proxmox VE', evidence, fix: 'updates_report' },
  ];
}

/** The node rows that can be asked. */
export const onlineNodes = (resources: readonly Resource[]): string[] =>
  resources
    .flatMap(({ type, node, status }) =>
      type === 'node' && node !== undefined && status === 'online' ? [node] : [],
    )
    .sort();
