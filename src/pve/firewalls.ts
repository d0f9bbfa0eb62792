import type { Api } from '../api/api.ts';
import { type ApiPath, path } from '../api/path.ts';
import { flag, known, number, row, rows, text } from './read.ts';

/** Whose firewall: the datacenter's, a node's or a guest's. */
export type FirewallOf =
  | 'datacenter'
  | { node: string }
  | { node: string; type: 'qemu' | 'lxc'; vmid: number };

/** How a firewall is set. Where nothing is set, Proxmox drops what comes in and lets out what goes out. */
export interface FirewallOptions {
  enabled: boolean;
  policyIn: string;
  policyOut: string;
}

export interface FirewallRule {
  pos: number;
  /** `in`, `out`, `forward`, or `group` for a security group. */
  type: string;
  /** `ACCEPT`, `DROP`, `REJECT`, or the name of a security group. */
  action: string;
  enabled: boolean;
  source?: string;
  dest?: string;
  proto?: string;
  /** `22`, `80,443`, `5900:5999` */
  dport?: string;
  macro?: string;
  iface?: string;
  comment?: string;
}

type Options = { signal?: AbortSignal };

function pathTo(of: FirewallOf, part: 'options' | 'rules'): ApiPath {
  if (of === 'datacenter') return path`/cluster/firewall/${part}`;
  if ('vmid' in of) return path`/nodes/${of.node}/${of.type}/${of.vmid}/firewall/${part}`;
  return path`/nodes/${of.node}/firewall/${part}`;
}

/** A node's firewall is on unless it is switched off; the others are off unless they are switched on (schema of PVE 9.2). */
export async function firewallOptions(
  api: Api,
  of: FirewallOf,
  options: Options = {},
): Promise<FirewallOptions> {
  const found = row(await api.get<unknown>(pathTo(of, 'options'), {}, options));
  const byDefault = of !== 'datacenter' && !('vmid' in of) ? 1 : 0;
  return {
    enabled: (number(found.enable) ?? byDefault) > 0,
    policyIn: text(found.policy_in) ?? 'DROP',
    policyOut: text(found.policy_out) ?? 'ACCEPT',
  };
}

/** The rules, first match first. */
export async function firewallRules(
  api: Api,
  of: FirewallOf,
  options: Options = {},
): Promise<FirewallRule[]> {
  return readRules(await api.get<unknown>(pathTo(of, 'rules'), {}, options));
}

/** The rules of a security group. */
export async function groupRules(api: Api, group: string, options: Options = {}): Promise<FirewallRule[]> {
  return readRules(await api.get<unknown>(path`/cluster/firewall/groups/${group}`, {}, options));
}

/** What rules can refer to: security groups, sets of addresses, named addresses. By name. */
export async function firewallNames(
  api: Api,
  kind: 'groups' | 'ipset' | 'aliases',
  options: Options = {},
): Promise<string[]> {
  const found = rows(await api.get<unknown>(path`/cluster/firewall/${kind}`, {}, options));
  return found.flatMap(({ name, group }) => text(name) ?? text(group) ?? []).sort();
}

function readRules(data: unknown): FirewallRule[] {
  return rows(data)
    .map((rule, index) =>
      known<FirewallRule>({
        ...{ pos: number(rule.pos) ?? index, type: text(rule.type) ?? '', action: text(rule.action) ?? '' },
        ...{ enabled: flag(rule.enable), source: text(rule.source), dest: text(rule.dest) },
        ...{ proto: text(rule.proto), dport: text(rule.dport), macro: text(rule.macro) },
        ...{ iface: text(rule.iface), comment: text(rule.comment) },
      }),
    )
    .sort((a, b) => a.pos - b.pos);
}
