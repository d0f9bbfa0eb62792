import { sha1 } from './random.ts';

/** Options, a rule or an entry as `*.fw` keeps it: plain values by name. */
export type FirewallValues = Record<string, string | number>;

/** A set of addresses. */
export interface IpSet {
  comment?: string;
  entries: FirewallValues[];
}

/** A named list of rules that others can refer to. */
export interface SecurityGroup {
  comment?: string;
  rules: FirewallValues[];
}

/** One `*.fw` file: of the cluster, a node, a guest or a virtual network. */
export class Firewall {
  readonly options: FirewallValues = {};
  /** First match first. */
  rules: FirewallValues[] = [];
  /** By lower-case name. */
  readonly aliases = new Map<string, FirewallValues>();
  readonly ipsets = new Map<string, IpSet>();
  /** Of the cluster alone. */
  readonly groups = new Map<string, SecurityGroup>();
}

/** Every firewall by the path of what it guards: `/`, `/nodes/pve`, `/vms/100`, `/sdn/vn1`. */
export class Firewalls {
  readonly #byPath = new Map<string, Firewall>();

  /** The firewall of that path; an empty one where there is no file yet. */
  of(path: string): Firewall {
    const firewall = this.#byPath.get(path) ?? new Firewall();
    this.#byPath.set(path, firewall);
    return firewall;
  }

  forget(path: string): void {
    this.#byPath.delete(path);
  }
}

const lines = (values: FirewallValues) =>
  Object.keys(values)
    .sort()
    .map((key) => `${key}:${values[key]}\n`)
    .join('');

/** The digest over a list, as PVE works it out: an empty one has that of nothing (recorded on PVE 9.2). */
export function listDigest(list: readonly FirewallValues[]): string {
  return sha1(list.map(lines).join(''));
}

/** A list as it is shown: each entry with the digest of all. */
export function withDigest<Row extends FirewallValues>(list: readonly Row[]): (Row & { digest: string })[] {
  const digest = listDigest(list);
  return list.map((entry) => ({ ...entry, digest }));
}
