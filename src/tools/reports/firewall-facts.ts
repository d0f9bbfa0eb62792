import {
  type FirewallOf,
  type FirewallRule,
  firewallNames,
  firewallOptions,
  firewallRules,
  groupRules,
} from '../../pve/firewalls.ts';
import { nicsOf } from '../../pve/guest-config.ts';
import { guestConfig } from '../../pve/guest-facts.ts';
import type { Guest } from '../../pve/guests.ts';
import { text } from '../../pve/read.ts';
import type { Sight } from '../../pve/sight.ts';
import type { ToolContext } from '../tool.ts';
import type { GuestFirewall, SeenFirewall, SeenFirewalls } from './firewall-findings.ts';

export interface FirewallFacts extends SeenFirewalls {
  calls: number;
}

const GROUPS = 20;

/** Reads every firewall side by side: of the datacenter, of these nodes, of these guests. */
export async function readFirewalls(
  nodes: readonly string[],
  guests: readonly Guest[],
  /** Whether these guests are all there are: only then what nothing refers to can be told. */
  complete: boolean,
  sight: Sight,
  { pve, signal }: ToolContext,
): Promise<FirewallFacts> {
  const { api } = pve;
  const options = { signal };
  let calls = 1;
  const read = <T>(what: string, reading: Promise<T>): Promise<T | undefined> => {
    calls += 1;
    return sight.of(what, reading);
  };
  const both = async (what: string, of: FirewallOf): Promise<SeenFirewall> => {
    const [set, rules] = await Promise.all([
      read(`firewall of ${what}`, firewallOptions(api, of, options)),
      read(`rules of ${what}`, firewallRules(api, of, options)),
    ]);
    return { options: set, rules };
  };
  const names = (kind: 'groups' | 'ipset' | 'aliases', what: string) =>
    read(what, firewallNames(api, kind, options));
  const [datacenter, hosts, seenGuests, groupNames, sets, aliases] = await Promise.all([
    both('the datacenter', 'datacenter'),
    Promise.all(nodes.map(async (node) => ({ node, ...(await both(node, { node })) }))),
    Promise.all(guests.map(ofGuest)),
    names('groups', 'security groups'),
    names('ipset', 'IP sets'),
    names('aliases', 'aliases'),
  ]);
  const rules = [datacenter, ...hosts, ...seenGuests].flatMap((one) => one.rules ?? []);
  const used = new Set(
    rules.filter(({ type }) => type === 'group').map(({ action }) => action.toLowerCase()),
  );
  const inUse = (groupNames ?? []).filter((name) => used.has(name.toLowerCase()));
  if (inUse.length > GROUPS)
    sight.missed(`rules of ${inUse.length - GROUPS} security groups`, 'too many to read at once');
  const groups = new Map(
    await Promise.all(
      inUse.slice(0, GROUPS).map(async (name): Promise<[string, FirewallRule[]]> => {
        const found = await read(`rules of group ${name}`, groupRules(api, name, options));
        return [name.toLowerCase(), found ?? []];
      }),
    ),
  );
  const refs = [...rules, ...[...groups.values()].flat()].flatMap(({ source, dest }) =>
    [source, dest].flatMap((one) => one?.toLowerCase().split(',') ?? []),
  );
  const referred = (name: string) =>
    refs.some((ref) => ref.replace(/^\+/, '').replace(/^(?:dc|guest)\//, '') === name.toLowerCase());
  const unused = [
    ...(groupNames ?? []).filter((name) => !used.has(name.toLowerCase())).map((name) => `group ${name}`),
    // Sets of these names work without a rule: who may manage, and who is blocked everywhere.
    ...(sets ?? [])
      .filter((name) => !/^(?:management|blacklist)$/i.test(name) && !referred(name))
      .map((name) => `set ${name}`),
    ...(aliases ?? [])
      .filter((name) => name.toLowerCase() !== 'local_network' && !referred(name))
      .map((name) => `alias ${name}`),
  ];
  const whole = complete && sight.unseen.length === 0;
  return { datacenter, nodes: hosts, guests: seenGuests, groups, unused: whole ? unused : [], calls };

  async function ofGuest(guest: Guest): Promise<GuestFirewall> {
    const { vmid, name, node, status } = guest;
    const [set, config] = await Promise.all([
      read(`firewall of ${vmid}`, firewallOptions(api, guest, options)),
      read(`config of ${vmid}`, guestConfig(api, guest, options)),
    ]);
    // Rules of a firewall that is off count for nothing, and most guests have it off.
    const rules = set?.enabled
      ? await read(`rules of ${vmid}`, firewallRules(api, guest, options))
      : undefined;
    const values = Object.entries(config ?? {}).flatMap(([key, value]) => {
      const known = text(value);
      return known === undefined ? [] : [[key, known] as const];
    });
    const nics = config && nicsOf(new Map(values)).map(({ key, firewall = false }) => ({ key, firewall }));
    return { ...{ vmid, name, node, running: status === 'running' }, options: set, rules, nics };
  }
}
