import * as z from 'zod';
import { type Guest, guestAmong } from '../../pve/guests.ts';
import { kindOf } from '../../pve/resources.ts';
import { Sight } from '../../pve/sight.ts';
import { table } from '../../render/table.ts';
import { fence, line } from '../../render/untrusted.ts';
import { guest as guestArgument } from '../arguments.ts';
import { andMore, detail, firstOf, within } from '../detail.ts';
import { bySeverity, countText, findingData, findingShape, findingText, many } from '../findings.ts';
import { defineTool } from '../tool.ts';
import { readFirewalls } from './firewall-facts.ts';
import { type Filtered, filtered, firewallFindings, type GuestFirewall } from './firewall-findings.ts';

const SHOWN = 20;
/** Guests that are looked into at once: each takes two calls, three where its firewall is on. */
const GUESTS = { brief: 150, full: 1_000 };
const NODES = 50;
const text = z.string();
const place = z.object({
  ...{
    where: text,
    enabled: z.boolean().optional(),
    policyIn: text.optional(),
    rules: z.number().optional(),
  },
});

export const firewallReport = defineTool({
  name: 'firewall_report',
  title: 'Firewall',
  toolset: 'reports',
  effect: 'read',
  needs: ['GET /cluster/firewall/options'],
  description:
    'Firewall audit: what is on where and really filters, policies, rules that expose admin ports or databases, guests without.',
  input: z.strictObject({ guest: guestArgument().optional(), detail: detail() }),
  output: z.object({
    findings: z.array(findingShape),
    places: z.array(place).describe('datacenter and nodes'),
    guests: z.array(
      z.object({
        ...{ vmid: z.number(), name: text.optional(), node: text, enabled: z.boolean().optional() },
        ...{ filtered: z.enum(['yes', 'partly', 'no', 'unknown']), policyIn: text.optional() },
        ...{ bareNics: z.array(text), rules: z.number().optional() },
      }),
    ),
    calls: z.number(),
    unseen: z.array(text),
  }),
  example: {},
  async run({ guest, detail: wanted }, context) {
    const { pve, signal } = context;
    const sight = new Sight();
    const resources = await pve.resources.list(undefined, { signal });
    const all = resources.flatMap((one) =>
      kindOf(one) === 'guest' && one.vmid !== undefined && !one.template ? [one as Guest] : [],
    );
    const meant = guest === undefined ? all : [guestAmong(resources, guest)];
    const isOnline = new Map(
      resources.flatMap((one) =>
        one.type === 'node' && one.node ? [[one.node, one.status === 'online'] as const] : [],
      ),
    );
    const there = meant
      .filter(({ node }) => isOnline.get(node))
      .sort((a, b) => Number(b.status === 'running') - Number(a.status === 'running') || a.vmid - b.vmid);
    const asked = there.slice(0, GUESTS[wanted]);
    if (meant.length > there.length)
      sight.missed(`${meant.length - there.length} guests`, 'their node is offline');
    if (there.length > asked.length)
      sight.missed(
        `${there.length - asked.length} guests`,
        `${GUESTS[wanted]} are looked into at once, running ones first (detail: full: more; or one guest)`,
      );
    const wantedNodes = guest === undefined ? [...isOnline.keys()].sort() : meant.map(({ node }) => node);
    const up = wantedNodes.filter((node) => isOnline.get(node));
    for (const node of wantedNodes)
      if (!isOnline.get(node)) sight.missed(`firewall of ${node}`, 'the node is offline');
    if (up.length > NODES)
      sight.missed(`firewalls of ${up.length - NODES} nodes`, `${NODES} are looked into`);
    const complete = guest === undefined && asked.length === meant.length && up.length <= NODES;
    const seen = await readFirewalls(up.slice(0, NODES), asked, complete, sight, context);
    const findings = bySeverity(firewallFindings(seen));
    const unseen = sight.unseen.map((reason) => line(reason));
    const places = [
      { where: 'datacenter', ...seen.datacenter },
      ...seen.nodes.map(({ node, ...one }) => ({ where: node, ...one })),
    ].map(({ where, options, rules }) => ({
      where,
      ...(options && { enabled: options.enabled }),
      // Nodes go by the policy of the datacenter.
      ...(options && where === 'datacenter' && { policyIn: options.policyIn }),
      ...(rules && { rules: rules.length }),
    }));
    const guests = seen.guests
      .map((one) => guestRow(one, filtered(one, seen.datacenter)))
      .sort((a, b) => rank(a) - rank(b) || a.vmid - b.vmid);
    const counted = guests.filter((one) => one.filtered === 'yes').length;
    const shown = firstOf(findings, SHOWN, wanted);
    const placeRows = firstOf(places, SHOWN, wanted);
    const guestRows = firstOf(guests, SHOWN, wanted);
    const dc = seen.datacenter.options?.enabled;
    const state = dc === undefined ? 'unknown' : dc ? 'on' : 'OFF';
    const parts = [
      `Datacenter firewall ${state}; ${counted} of ${many(guests, 'guest')} filtered: ${countText(findings)}`,
      ...shown.shown.map(findingText),
      andMore(shown.more, wanted),
      ...unseen.map((reason) => `Not seen: ${reason}`),
      fence('Proxmox', placeTable(placeRows.shown)),
      andMore(placeRows.more, wanted),
      guestRows.shown.length > 0 && fence('Proxmox', guestTable(guestRows.shown)),
      andMore(guestRows.more, wanted),
      `${seen.calls} API calls. Not looked into: firewalls of virtual networks (SDN), and inside the guests.`,
    ];
    return within(wanted, parts, {
      ...{ findings: findings.map(findingData), places, guests, calls: seen.calls, unseen },
    });
  },
});

interface GuestRow {
  vmid: number;
  name?: string;
  node: string;
  enabled?: boolean;
  filtered: Filtered;
  policyIn?: string;
  bareNics: string[];
  rules?: number;
}

function guestRow({ vmid, name, node, options, nics = [], rules }: GuestFirewall, state: Filtered): GuestRow {
  return {
    ...{ vmid, node, filtered: state },
    ...(name !== undefined && { name: line(name) }),
    ...(options && { enabled: options.enabled, policyIn: options.policyIn }),
    bareNics: nics.filter(({ firewall }) => !firewall).map(({ key }) => key),
    ...(rules && { rules: rules.length }),
  };
}

/** What is on and does not filter first, then what is off, then what is well. */
function rank({ enabled, filtered }: GuestRow): number {
  if (filtered === 'yes') return 3;
  return enabled ? 0 : filtered === 'unknown' ? 1 : 2;
}

const onOff = (value: boolean | undefined) => (value === undefined ? undefined : value ? 'on' : 'off');

function placeTable(places: readonly z.output<typeof place>[]): string {
  return table(
    [
      { head: 'where', cell: ({ where }) => where },
      { head: 'firewall', cell: ({ enabled }) => onOff(enabled) },
      { head: 'in', cell: ({ policyIn }) => policyIn },
      { head: 'rules', cell: ({ rules }) => rules },
    ],
    places,
  );
}

function guestTable(guests: readonly GuestRow[]): string {
  return table(
    [
      { head: 'guest', cell: ({ vmid }) => vmid },
      { head: 'name', cell: ({ name }) => name },
      { head: 'node', cell: ({ node }) => node },
      { head: 'firewall', cell: ({ enabled }) => onOff(enabled) },
      { head: 'filtered', cell: ({ filtered }) => filtered },
      { head: 'bare nics', cell: ({ bareNics }) => bareNics.join(',') },
      { head: 'in', cell: ({ enabled, policyIn }) => (enabled ? policyIn : undefined) },
      { head: 'rules', cell: ({ rules }) => rules },
    ],
    guests,
  );
}
