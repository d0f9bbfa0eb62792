import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { flag, known, number, row, rows, text } from './read.ts';

/** What `/cluster/status` says of the whole; a lone node is no cluster. */
export interface Quorum {
  name?: string;
  quorate: boolean;
}

/** One line of HA's status: a service (guest), a node's manager, the master, fencing, quorum. */
export interface HaEntry {
  /** `quorum`, `master`, `fencing`, `lrm`, `service` */
  type: string;
  node?: string;
  /** `vm:103` */
  sid?: string;
  state?: string;
  /** Proxmox's own sentence. */
  status: string;
  /** Of fencing: `armed`, `standby`, `disarming`, `disarmed`. */
  armed?: string;
}

/** What a node says of itself; bytes. */
export interface NodeStatus {
  /** Over the last 15 minutes. */
  load?: number;
  cpus?: number;
  memory?: { used: number; total: number };
  swap?: { used: number; total: number };
  rootfs?: { used: number; total: number };
  /** `pve-manager/9.2.11/…` */
  version?: string;
  kernel?: string;
}

/** A service of systemd, as Proxmox lists those that matter to it. */
export interface Service {
  name: string;
  /** `running`, `dead`, `exited`, `failed`, … */
  state: string;
  /** `active`, `inactive`, `failed`, … */
  active: string;
  /** `enabled`, `disabled`, `masked`, `not-found`, `static`, … */
  unit: string;
}

export interface Certificate {
  filename: string;
  subject?: string;
  /** Seconds since 1970. */
  notafter: number;
}

/** A replication job as the node of its guest runs it. */
export interface Replication {
  id: string;
  target?: string;
  fails: number;
  error?: string;
  /** Seconds since 1970; 0 where it never went well. */
  lastSync?: number;
}

/** What Ceph says of itself. */
export interface CephHealth {
  /** `HEALTH_OK`, `HEALTH_WARN`, `HEALTH_ERR` */
  status: string;
  checks: { name: string; message: string }[];
}

type Options = { signal?: AbortSignal };

/** Whether most of the cluster is there. Needs Sys.Audit on `/`. Undefined for a lone node. */
export async function clusterQuorum(api: Api, options: Options = {}): Promise<Quorum | undefined> {
  const all = rows(await api.get<unknown>(path`/cluster/status`, {}, options));
  const cluster = all.find(({ type }) => type === 'cluster');
  return cluster && known<Quorum>({ name: text(cluster.name), quorate: flag(cluster.quorate) });
}

/** Where HA stands. Needs Sys.Audit on `/`. */
export async function haStatus(api: Api, options: Options = {}): Promise<HaEntry[]> {
  const all = rows(await api.get<unknown>(path`/cluster/ha/status/current`, {}, options));
  return all.map((each) =>
    known<HaEntry>({
      type: text(each.type) ?? '?',
      node: text(each.node),
      sid: text(each.sid),
      state: text(each.state),
      status: text(each.status) ?? '',
      armed: text(each['armed-state']),
    }),
  );
}

/** Ceph's health; undefined where there is no Ceph, which Proxmox says with a 500. */
export async function cephHealth(api: Api, options: Options = {}): Promise<CephHealth | undefined> {
  try {
    const { health } = row(await api.get<unknown>(path`/cluster/ceph/status`, {}, options));
    const { status, checks } = row(health);
    return {
      status: text(status) ?? 'unknown',
      checks: Object.entries(row(checks)).map(([name, check]) => ({
        name,
        message: text(row(row(check).summary).message) ?? '',
      })),
    };
  } catch (error) {
    if (
      error instanceof Failure &&
      /binary not installed|not (?:fully )?(?:configured|initialized)/.test(error.message)
    )
      return undefined;
    throw error;
  }
}

/** What a node says of itself. Needs Sys.Audit on it. */
export async function nodeStatus(api: Api, node: string, options: Options = {}): Promise<NodeStatus> {
  const data = row(await api.get<unknown>(path`/nodes/${node}/status`, {}, options));
  const share = (value: unknown) => {
    const { used, total } = row(value);
    const [one, all] = [number(used), number(total)];
    return one === undefined || all === undefined ? undefined : { used: one, total: all };
  };
  const load = Array.isArray(data.loadavg) ? number(data.loadavg[2]) : undefined;
  return known<NodeStatus>({
    load,
    cpus: number(row(data.cpuinfo).cpus),
    memory: share(data.memory),
    swap: share(data.swap),
    rootfs: share(data.rootfs),
    version: text(data.pveversion),
    kernel: text(row(data['current-kernel']).release),
  });
}

/** The services of a node. Needs Sys.Audit on it; takes Proxmox a second or two. */
export async function nodeServices(api: Api, node: string, options: Options = {}): Promise<Service[]> {
  const all = rows(await api.get<unknown>(path`/nodes/${node}/services`, {}, options));
  return all.map((each) => ({
    name: text(each.name) ?? text(each.service) ?? '?',
    state: text(each.state) ?? 'unknown',
    active: text(each['active-state']) ?? 'unknown',
    unit: text(each['unit-state']) ?? 'unknown',
  }));
}

/** The certificates of a node. Every login may ask. */
export async function nodeCertificates(
  api: Api,
  node: string,
  options: Options = {},
): Promise<Certificate[]> {
  const all = rows(await api.get<unknown>(path`/nodes/${node}/certificates/info`, {}, options));
  return all.flatMap((each) => {
    const notafter = number(each.notafter);
    if (notafter === undefined) return [];
    return [
      known<Certificate>({ filename: text(each.filename) ?? '?', subject: text(each.subject), notafter }),
    ];
  });
}

/** How replication goes of the guests of a node that this login may see. */
export async function nodeReplication(api: Api, node: string, options: Options = {}): Promise<Replication[]> {
  const all = rows(await api.get<unknown>(path`/nodes/${node}/replication`, {}, options));
  return all.map((each) =>
    known<Replication>({
      id: text(each.id) ?? '?',
      target: text(each.target),
      fails: number(each.fail_count) ?? 0,
      error: text(each.error),
      lastSync: number(each.last_sync),
    }),
  );
}

/** Whether there is any job of replication that this login may see. */
export async function hasReplication(api: Api, options: Options = {}): Promise<boolean> {
  return rows(await api.get<unknown>(path`/cluster/replication`, {}, options)).length > 0;
}

/** How many guests no backup job covers. Needs Sys.Audit on `/`; only guests that this login may see. */
export async function notBackedUp(api: Api, options: Options = {}): Promise<number> {
  return rows(await api.get<unknown>(path`/cluster/backup-info/not-backed-up`, {}, options)).length;
}

/**
 * How far a node's clock may be from ours, in seconds: it was read somewhere between the question and the answer, and comes
 * in whole seconds. Needs Sys.Audit on the node.
 */
export async function nodeClock(
  api: Api,
  node: string,
  clock: Clock,
  options: Options = {},
): Promise<{ least: number; most: number }> {
  const asked = clock.now() / 1000;
  const { time } = row(await api.get<unknown>(path`/nodes/${node}/time`, {}, options));
  const answered = clock.now() / 1000;
  const seconds = number(time) ?? asked;
  return { least: seconds - answered, most: seconds + 1 - asked };
}
