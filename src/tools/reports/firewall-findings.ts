import type { FirewallOptions, FirewallRule } from '../../pve/firewalls.ts';
import { type Finding, many } from '../findings.ts';
import { exposures, ruleText } from './firewall-exposure.ts';

/** A firewall as far as it was seen; what is absent could not be. */
export interface SeenFirewall {
  options?: FirewallOptions | undefined;
  rules?: readonly FirewallRule[] | undefined;
}

export interface GuestFirewall extends SeenFirewall {
  vmid: number;
  name?: string | undefined;
  node: string;
  running: boolean;
  /** Its network cards, and whether what passes them is filtered at all. */
  nics?: readonly { key: string; firewall: boolean }[] | undefined;
}

export interface SeenFirewalls {
  datacenter: SeenFirewall;
  nodes: readonly (SeenFirewall & { node: string })[];
  guests: readonly GuestFirewall[];
  /** Rules of the security groups that are in use, by lower-case name. */
  groups: ReadonlyMap<string, readonly FirewallRule[]>;
  /** Names of groups, sets and aliases that no rule refers to; empty where not all rules were read. */
  unused: readonly string[];
}

/** What is filtered of a guest: three switches must be on, and for each network card the third. */
export type Filtered = 'yes' | 'partly' | 'no' | 'unknown';

export function filtered({ options, nics }: GuestFirewall, datacenter: SeenFirewall): Filtered {
  if (options === undefined || datacenter.options === undefined) return 'unknown';
  if (!datacenter.options.enabled || !options.enabled) return 'no';
  if (nics === undefined) return 'unknown';
  const on = nics.filter(({ firewall }) => firewall).length;
  return on === nics.length ? 'yes' : on > 0 ? 'partly' : 'no';
}

const NAMED = 8;
const named = (names: readonly string[]) =>
  `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ''}`;
export const guestName = ({ vmid, name }: { vmid: number; name?: string | undefined }) =>
  name === undefined ? String(vmid) : `${vmid} ${name}`;

/** What is open that should not be, and what people may believe to be filtered and is not. */
export function firewallFindings(seen: SeenFirewalls): Finding[] {
  const { datacenter } = seen;
  const on = datacenter.options?.enabled;
  return [
    ...(on === false ? ofNoFirewall(seen) : []),
    ...(on === true ? [...ofHosts(seen), ...ofGuests(seen)] : []),
    ...ofLeftovers(seen),
  ];
}

function ofNoFirewall({ guests }: SeenFirewalls): Finding[] {
  const believed = guests.filter(({ options }) => options?.enabled).map(guestName);
  const fix =
    'First a rule that lets you in (8006 and 22 from your network), then proxmox_api_call PUT /cluster/firewall/options enable=1.';
  if (believed.length === 0) {
    const what = 'the firewall of the datacenter is off: Proxmox filters nothing, on no node and no guest';
    return [{ severity: 'warning', what, evidence: 'what filters elsewhere is not seen here', fix }];
  }
  return [
    {
      severity: 'critical',
      what: `the firewall of the datacenter is off: NOTHING is filtered, though ${many(believed, 'guest')} ${believed.length === 1 ? 'has its own' : 'have theirs'} on`,
      evidence: named(believed),
      fix,
    },
  ];
}

function ofHosts({ datacenter, nodes, groups }: SeenFirewalls): Finding[] {
  const findings: Finding[] = [];
  if (datacenter.options?.policyIn === 'ACCEPT')
    findings.push({
      severity: 'warning',
      what: 'nodes let in everything that no rule forbids',
      evidence: 'policy_in of the datacenter is ACCEPT',
      fix: 'A rule that lets you in, then proxmox_api_call PUT /cluster/firewall/options policy_in=DROP.',
    });
  const off = nodes.filter(({ options }) => options?.enabled === false).map(({ node }) => node);
  if (off.length > 0)
    findings.push({
      severity: 'warning',
      what: `${many(off, 'node')} with the firewall switched off: ${named(off)}`,
      fix: `proxmox_api_call PUT /nodes/${off[0]}/firewall/options enable=1`,
    });
  findings.push(...opened('every node', datacenter.rules, groups, '/cluster/firewall/rules'));
  for (const { node, options, rules } of nodes)
    if (options?.enabled)
      findings.push(...opened(`node ${node}`, rules, groups, `/nodes/${node}/firewall/rules`));
  return findings;
}

function ofGuests({ datacenter, guests, groups }: SeenFirewalls): Finding[] {
  const findings: Finding[] = [];
  for (const guest of guests) {
    const { options, nics = [], rules, node } = guest;
    const state = filtered(guest, datacenter);
    if (!options?.enabled || state === 'unknown') continue;
    const bare = nics.filter(({ firewall }) => !firewall).map(({ key }) => key);
    if (bare.length > 0)
      findings.push({
        severity: state === 'no' ? 'critical' : 'warning',
        what: `the firewall of ${guestName(guest)} is on and filters ${state === 'no' ? 'NOTHING' : 'a part only'}: ${named(bare)} lack${bare.length === 1 ? 's' : ''} firewall=1`,
        fix: `configure_guest ${guest.vmid} net={"${bare[0]}":"firewall=1"}`,
      });
    if (state === 'no') continue;
    if (options.policyIn === 'ACCEPT')
      findings.push({
        severity: 'warning',
        what: `the firewall of ${guestName(guest)} lets in everything that no rule forbids`,
        evidence: 'policy_in is ACCEPT',
        fix: `Rules for what it serves, then policy_in=DROP in the firewall options of ${guest.vmid} on ${node}.`,
      });
    findings.push(...opened(`guest ${guestName(guest)}`, rules, groups, `its firewall/rules on ${node}`));
  }
  const without = guests
    .filter(({ options, running }) => running && options?.enabled === false)
    .map(guestName);
  if (without.length > 0)
    findings.push({
      severity: 'warning',
      what: `${many(without, 'running guest')} without a firewall`,
      evidence: named(without),
      fix: 'Rules for what each serves; then enable=1 in its firewall options and firewall=1 on its network cards.',
    });
  return findings;
}

function opened(
  where: string,
  rules: readonly FirewallRule[] = [],
  groups: SeenFirewalls['groups'],
  at: string,
): Finding[] {
  const found = exposures(rules, groups);
  if (found.length === 0) return [];
  const all = found.some(({ to }) => to === 'everything');
  const what = [...new Set(found.map(({ to }) => to))].join(', ');
  return [
    {
      severity: all ? 'critical' : 'warning',
      what: `${where} lets anybody in to ${all ? 'everything' : what}`,
      evidence: [...new Set(found.map(({ rule }) => ruleText(rule)))].slice(0, 3).join('; '),
      fix: `Give the rule a source, such as your own network (${at}).`,
    },
  ];
}

function ofLeftovers({ datacenter, nodes, guests, unused }: SeenFirewalls): Finding[] {
  const all: [string, SeenFirewall][] = [
    ['datacenter', datacenter],
    ...nodes.map((one): [string, SeenFirewall] => [`node ${one.node}`, one]),
    ...guests.map((one): [string, SeenFirewall] => [guestName(one), one]),
  ];
  const off = all.flatMap(([where, { rules = [] }]) => {
    const count = rules.filter(({ enabled }) => !enabled).length;
    return count > 0 ? [`${count} of ${where}`] : [];
  });
  const findings: Finding[] = [];
  if (off.length > 0)
    findings.push({
      severity: 'note',
      what: 'rules that are switched off and do nothing',
      evidence: named(off),
      fix: 'Delete them, or switch them on.',
    });
  if (unused.length > 0)
    findings.push({
      severity: 'note',
      what: `no rule that counts refers to ${named(unused)}`,
      fix: 'Delete what nobody needs.',
    });
  return findings;
}
