import type { Package, Repositories, Versions } from '../../pve/packages.ts';
import { duration } from '../../render/units.ts';
import type { Finding } from '../findings.ts';

/** How the package lists of a node were last refreshed, as its task log tells; seconds since 1970. */
export interface Refreshes {
  /** The last one that succeeded. */
  good?: number;
  /** The last one of all, where it failed: when, and with which words. */
  failed?: { at: number; error: string };
}

/** What was seen of the software of one node; what is absent could not be seen. */
export interface NodeSoftware {
  node: string;
  versions?: Versions | undefined;
  pending?: readonly Package[] | undefined;
  repositories?: Repositories | undefined;
  subscription?: string | undefined;
  refreshes?: Refreshes | undefined;
}

/** One package that waits, by what it means for whoever runs the node. */
export type UpdateKind = 'kernel' | 'proxmox' | 'stable-fix' | 'other';

/** Package lists older than this tell little, in seconds: Proxmox refreshes them every day. */
const STALE = 3 * 86_400;

const KERNEL = /^(?:pve|proxmox)-kernel-/;

/**
 * What an update is. Proxmox does not tell which are security updates: those of Debian are among the fixes of its stable
 * release, whose versions end in `+deb13u2`.
 */
export function kindOf({ name, origin, candidate = '' }: Package): UpdateKind {
  if (KERNEL.test(name)) return 'kernel';
  if (origin === 'Proxmox') return 'proxmox';
  return /[+~]deb\d+u\d+/.test(candidate) ? 'stable-fix' : 'other';
}

/** What waits on a node: the whole list, or at least what its package versions tell to a login without Sys.Modify. */
export function waiting({ pending, versions }: NodeSoftware): { packages: readonly Package[]; all: boolean } {
  if (pending !== undefined) return { packages: pending, all: true };
  const packages = (versions?.packages ?? []).filter(
    ({ installed, candidate }) =>
      installed !== undefined && candidate !== undefined && installed !== candidate,
  );
  return { packages, all: false };
}

/** The newest kernel that is installed: `6.17.4-1-pve`. */
export function newestKernel({ packages }: Versions): string | undefined {
  return packages
    .filter(({ installed }) => installed !== undefined)
    .flatMap(
      ({ name }) => /^(?:pve|proxmox)-kernel-(\d+\.\d+\.\d+-\d+-pve)(?:-signed)?$/.exec(name)?.[1] ?? [],
    )
    .sort(compareReleases)
    .at(-1);
}

/** `6.17.10-1-pve` comes after `6.17.9-2-pve`. */
export function compareReleases(a: string, b: string): number {
  const numbers = (release: string) => (release.match(/\d+/g) ?? []).map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = (left[at] ?? 0) - (right[at] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** Whether a newer kernel than the one that runs is installed; undefined where that can't be told. */
export function needsReboot({ versions }: NodeSoftware): { running: string; installed: string } | undefined {
  const running = versions?.runningKernel;
  const installed = versions && newestKernel(versions);
  if (running === undefined || installed === undefined) return undefined;
  return compareReleases(installed, running) > 0 ? { running, installed } : undefined;
}

/** What is to be done about the software of one node. */
export function nodeFindings(seen: NodeSoftware, now: number): Finding[] {
  const { node, versions, repositories, subscription, refreshes } = seen;
  const findings: Finding[] = [];
  const reboot = needsReboot(seen);
  if (reboot) {
    findings.push({
      severity: 'warning',
      what: `${node} needs a reboot: a newer kernel is installed than runs`,
      evidence: `runs ${reboot.running}, installed ${reboot.installed}`,
      fix: 'Move its guests away first: migrate_guest. (Unless the older kernel is pinned there.)',
    });
  }
  const manager = versions?.packages.find(({ name }) => name === 'pve-manager')?.installed;
  if (
    manager !== undefined &&
    versions?.runningManager !== undefined &&
    manager !== versions.runningManager
  ) {
    findings.push({
      severity: 'warning',
      what: `the API server of ${node} still runs its old version`,
      evidence: `runs ${versions.runningManager}, installed ${manager}`,
      fix: 'systemctl reload-or-restart pvedaemon pveproxy on that node.',
    });
  }
  const { packages, all } = waiting(seen);
  if (packages.length > 0) {
    const kinds = packages.map(kindOf);
    const serious = kinds.some((kind) => kind !== 'other');
    findings.push({
      severity: serious ? 'warning' : 'note',
      what: `${all ? '' : 'at least '}${packages.length} updates wait on ${node}`,
      evidence: namedUpdates(packages),
      fix: 'apt full-upgrade on that node (its Updates page in the web interface), one node at a time.',
    });
  }
  return [...findings, ...sourceFindings(node, { repositories, subscription, refreshes }, now)];
}

/** `kernel: proxmox-kernel-6.17 6.17.4-1; Proxmox: qemu-server 9.2.7; …`, at most six names of a kind. */
export function namedUpdates(packages: readonly Package[]): string {
  const titles = {
    kernel: 'kernel',
    proxmox: 'Proxmox',
    'stable-fix': 'Debian stable fixes',
    other: 'other',
  };
  return (Object.keys(titles) as UpdateKind[])
    .flatMap((kind) => {
      const some = packages.filter((one) => kindOf(one) === kind);
      const names = some.slice(0, 6).map(({ name, candidate }) => `${name} ${candidate ?? ''}`.trim());
      const more = some.length > 6 ? ` and ${some.length - 6} more` : '';
      return some.length === 0 ? [] : [`${titles[kind]}: ${names.join(', ')}${more}`];
    })
    .join('; ');
}

function sourceFindings(
  node: string,
  {
    repositories,
    subscription,
    refreshes,
  }: Pick<NodeSoftware, 'repositories' | 'subscription' | 'refreshes'>,
  now: number,
): Finding[] {
  const findings: Finding[] = [];
  const { good, failed } = refreshes ?? {};
  const age = good === undefined ? undefined : now - good;
  const last = age === undefined ? 'no good refresh in the task log' : `last refreshed ${duration(age)} ago`;
  if (failed) {
    findings.push({
      severity: 'warning',
      what: `the package lists of ${node} can't be refreshed: updates are not seen`,
      evidence: last,
      said: failed.error,
      fix: 'See the log of its aptupdate task (list_tasks type=aptupdate), mend the repositories, refresh again.',
    });
  } else if (age !== undefined && age > STALE) {
    findings.push({
      severity: 'note',
      what: `the package lists of ${node} are old: newer updates are not seen`,
      evidence: last,
      fix: `Refresh them: POST /nodes/${node}/apt/update (proxmox_api_call).`,
    });
  }
  for (const error of repositories?.errors ?? []) {
    const fix = 'Mend that file on the node.';
    findings.push({
      severity: 'warning',
      what: `a repository file of ${node} is broken`,
      said: error,
      fix,
    });
  }
  for (const warning of repositories?.warnings ?? []) {
    findings.push({ severity: 'note', what: `a repository of ${node}`, said: warning });
  }
  const enabled = repositories?.enabled ?? [];
  // What could not be seen of the subscription is not taken for one that is missing.
  const unpaid = subscription !== undefined && subscription !== 'active' && subscription !== 'unknown';
  const paid = enabled.filter((handle) => /enterprise/.test(handle));
  if (unpaid && paid.length > 0) {
    findings.push({
      severity: 'warning',
      what: `${node} asks the ${paid.join(', ')} repository but has no valid subscription`,
      evidence: `subscription: ${subscription}`,
      fix: `Enter a subscription key, or switch to no-subscription: PUT /nodes/${node}/apt/repositories (api_describe).`,
    });
  }
  const proxmox = enabled.some((handle) => ['enterprise', 'no-subscription', 'test'].includes(handle));
  if (repositories !== undefined && !proxmox) {
    const fix = "Add enterprise or no-subscription in the node's Repositories page.";
    findings.push({
      severity: 'warning',
      what: `${node} gets no updates of Proxmox VE: no such repository`,
      fix,
    });
  }
  if (enabled.includes('test')) {
    findings.push({
      severity: 'note',
      what: `${node} uses the test repository, which is not for production`,
    });
  }
  return findings;
}

/** A package that is not the same everywhere. */
export interface Difference {
  package: string;
  versions: { version: string; nodes: string[] }[];
}

/** Whose versions are compared: what guests move between, and what the nodes speak with one another. */
const COMPARED = [
  ...['pve-manager', 'qemu-server', 'pve-qemu-kvm', 'pve-container', 'libpve-storage-perl', 'corosync'],
  ...['pve-cluster', 'ceph', 'zfsutils-linux'],
];

/** What differs between nodes: the kernel that runs first, then packages. */
export function differences(seen: readonly NodeSoftware[]): Difference[] {
  const versionOf = (name: string, { versions }: NodeSoftware) =>
    name === 'running kernel'
      ? versions?.runningKernel
      : versions?.packages.find((one) => one.name === name)?.installed;
  return ['running kernel', ...COMPARED].flatMap((name) => {
    const byVersion = new Map<string, string[]>();
    for (const one of seen) {
      const version = versionOf(name, one);
      if (version !== undefined) byVersion.set(version, [...(byVersion.get(version) ?? []), one.node]);
    }
    if (byVersion.size < 2) return [];
    const versions = [...byVersion].sort(([a], [b]) => compareReleases(b, a));
    return [{ package: name, versions: versions.map(([version, nodes]) => ({ version, nodes })) }];
  });
}
