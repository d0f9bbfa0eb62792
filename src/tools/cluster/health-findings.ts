import { kindOf, type Resource } from '../../pve/resources.ts';
import type { ListedTask } from '../../pve/task-lists.ts';
import type { CephHealth, HaEntry, Quorum } from '../../pve/vitals.ts';
import { usage } from '../../render/units.ts';
import type { Finding, Severity } from '../findings.ts';

/** What was seen of the cluster as a whole; what is absent could not be seen. */
export interface ClusterFacts {
  resources: readonly Resource[];
  /** `alone`: a node that is in no cluster. */
  quorum?: Quorum | 'alone' | undefined;
  ha?: readonly HaEntry[] | undefined;
  /** `none`: there is no Ceph. */
  ceph?: CephHealth | 'none' | undefined;
  /** The latest tasks of all nodes, those that run among them. */
  tasks?: readonly ListedTask[] | undefined;
  /** How many guests no backup job covers. */
  uncovered?: number | undefined;
}

/** What is wrong with the cluster as a whole. */
export function clusterFindings(facts: ClusterFacts): Finding[] {
  return [
    ...quorumFindings(facts),
    ...haFindings(facts),
    ...cephFindings(facts.ceph),
    ...storageFindings(facts.resources),
    ...lockFindings(facts),
    ...(facts.uncovered
      ? [
          {
            severity: 'note' as const,
            what: `${facts.uncovered} ${facts.uncovered === 1 ? 'guest is' : 'guests are'} in no backup job`,
            fix: 'See which: backup_report.',
          },
        ]
      : []),
  ];
}

function quorumFindings({ resources, quorum }: ClusterFacts): Finding[] {
  const nodes = resources.filter(({ type }) => type === 'node');
  const online = nodes.filter(({ status }) => status === 'online').length;
  const findings: Finding[] = [];
  if (quorum !== undefined && quorum !== 'alone' && !quorum.quorate) {
    findings.push({
      severity: 'critical',
      what: 'the cluster has no quorum: nothing can be started or changed',
      evidence: `${online} of ${nodes.length} nodes are online`,
      fix: 'Bring nodes back, or mend the network between them (corosync): get_logs service=corosync.',
    });
  }
  for (const { node = '?', status } of nodes) {
    if (status === 'online') continue;
    const guests = resources.filter((one) => kindOf(one) === 'guest' && one.node === node && !one.template);
    const away = status === 'offline';
    findings.push({
      severity: away ? 'critical' : 'warning',
      what: away ? `node ${node} is offline` : `the state of node ${node} is not known`,
      evidence: `${guests.length} guests are on it`,
      fix: away
        ? 'Look at its power, network and console; what ran there is down unless HA moved it.'
        : `Look at pvestatd there: GET /nodes/${node}/services.`,
    });
  }
  // One vote a node; a QDevice's vote does not show here.
  if (online < nodes.length && online * 2 > nodes.length && (online - 1) * 2 <= nodes.length) {
    const evidence = `${online} of ${nodes.length} nodes are online`;
    findings.push({ severity: 'warning', what: 'if one more node fails, quorum is lost', evidence });
  }
  return findings;
}

const BAD_STATES: Readonly<Record<string, string>> = {
  error: 'HA has given it up',
  fence: 'HA waits until its node is surely off',
  recovery: 'HA looks for a node to start it on',
};

function haFindings({ resources, ha }: ClusterFacts): Finding[] {
  const services =
    ha
      ?.filter(({ type }) => type === 'service')
      .map(({ sid = '?', state = '', node }) => ({ sid, state, node })) ??
    resources.flatMap(({ vmid, hastate, node }) =>
      hastate ? [{ sid: String(vmid), state: hastate, node }] : [],
    );
  const online = new Set(resources.filter(({ status }) => status === 'online').map(({ node }) => node));
  const findings: Finding[] = services.flatMap(({ sid, state, node }) => {
    const meaning = BAD_STATES[state];
    if (meaning === undefined) return [];
    const vmid = sid.replace(/^\w+:/, '');
    const again = `get_guest ${vmid}; when mended, set it to disabled and then started (PUT /cluster/ha/resources/${sid}).`;
    return [
      {
        ...{ severity: 'critical' as const, what: `guest ${vmid} is in HA state ${state}: ${meaning}` },
        ...{ evidence: `${sid} on ${node ?? '?'}`, fix: state === 'error' ? again : `get_guest ${vmid}` },
      },
    ];
  });
  for (const { type, node = '?', status, armed } of ha ?? []) {
    const add = (severity: Severity, what: string, fix?: string) =>
      findings.push({ severity, what, said: status, ...(fix !== undefined && { fix }) });
    const stale = /old timestamp/.test(status);
    if (type === 'lrm' && stale && online.has(node)) {
      add(
        'warning',
        `HA's manager on ${node} is silent`,
        `Look at pve-ha-lrm: get_logs node=${node} service=pve-ha-lrm.`,
      );
    }
    if (type === 'lrm' && /maintenance mode/.test(status)) add('note', `node ${node} is in maintenance mode`);
    if (type === 'master' && stale)
      add('warning', "HA's master is silent", 'Look at pve-ha-crm on the nodes.');
    if (type === 'fencing' && (armed === 'disarmed' || armed === 'disarming')) {
      add(
        'warning',
        'HA is disarmed: no guest is recovered',
        'When the work is done: POST /cluster/ha/status/arm-ha.',
      );
    }
  }
  return findings;
}

function cephFindings(ceph: ClusterFacts['ceph']): Finding[] {
  if (ceph === undefined || ceph === 'none' || ceph.status === 'HEALTH_OK') return [];
  const named = ceph.checks.slice(0, 6).map(({ name, message }) => `${name}: ${message}`);
  return [
    {
      severity: ceph.status === 'HEALTH_ERR' ? 'critical' : 'warning',
      what: `Ceph says ${ceph.status}`,
      said: named.join('; '),
      fix: 'More: GET /cluster/ceph/status (proxmox_api_call).',
    },
  ];
}

function storageFindings(resources: readonly Resource[]): Finding[] {
  const online = new Set(
    resources.filter(({ type, status }) => type === 'node' && status === 'online').map(({ node }) => node),
  );
  const told = new Set<string>();
  return resources.flatMap((one): Finding[] => {
    const { name = '?', node, shared, status, disk = 0, maxdisk = 0 } = one;
    if (kindOf(one) !== 'storage' || !online.has(node)) return [];
    if (status !== 'available') {
      const what = `storage ${name} is not available on ${node}`;
      return [{ severity: 'warning', what, fix: 'Look closer: storage_report.' }];
    }
    const share = maxdisk > 0 ? disk / maxdisk : 0;
    const where = shared ? name : `${name} on ${node}`;
    if (share < 0.85 || told.has(where)) return [];
    told.add(where);
    return [
      {
        ...{ severity: share >= 0.95 ? 'critical' : 'warning', what: `storage ${where} is nearly full` },
        ...{ evidence: usage(disk, maxdisk), fix: 'What takes it and what can go: storage_report.' },
      },
    ];
  });
}

/** A lock without a task at work is one that was left behind; Proxmox does not tell its age. */
function lockFindings({ resources, tasks }: ClusterFacts): Finding[] {
  if (tasks === undefined) return [];
  const running = tasks.filter(({ state }) => state === 'running');
  return resources.flatMap((one): Finding[] => {
    const { vmid, name, lock, node } = one;
    if (kindOf(one) !== 'guest' || lock === undefined || one.status === 'unknown (node offline)') return [];
    // A backup job is one task for many guests.
    const explained = running.some(
      ({ id, type }) => id === String(vmid) || (type === 'vzdump' && lock === 'backup'),
    );
    if (explained) return [];
    return [
      {
        ...{
          severity: 'warning',
          what: `guest ${vmid} (${name ?? 'no name'}) is locked (${lock}), and no task is at work on it`,
        },
        ...{
          evidence: `on ${node}`,
          fix: `See its tasks: list_tasks guest=${vmid}. Only root can unlock: qm unlock ${vmid} (pct unlock) on ${node}.`,
        },
      },
    ];
  });
}
