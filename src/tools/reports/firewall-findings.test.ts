import { expect, test } from 'vitest';
import type { FirewallRule } from '../../pve/firewalls.ts';
import { exposures } from './firewall-exposure.ts';
import { filtered, firewallFindings, type GuestFirewall, type SeenFirewalls } from './firewall-findings.ts';

const rule = (more: Partial<FirewallRule>): FirewallRule => ({
  ...{ pos: 0, type: 'in', action: 'ACCEPT', enabled: true },
  ...more,
});
const options = (enabled: boolean, policyIn = 'DROP') => ({ enabled, policyIn, policyOut: 'ACCEPT' });
const guest = (
  vmid: number,
  enabled: boolean,
  nics: boolean[],
  more: Partial<GuestFirewall> = {},
): GuestFirewall => ({
  ...{ vmid, node: 'pve1', running: true, options: options(enabled), rules: [] },
  nics: nics.map((firewall, index) => ({ key: `net${index}`, firewall })),
  ...more,
});
const seen = (datacenter: boolean, more: Partial<SeenFirewalls> = {}): SeenFirewalls => ({
  ...{
    datacenter: { options: options(datacenter), rules: [] },
    nodes: [],
    guests: [],
    groups: new Map(),
    unused: [],
  },
  ...more,
});
const said = (all: SeenFirewalls) => firewallFindings(all).map(({ severity, what }) => `${severity} ${what}`);
const open = (...rules: FirewallRule[]) => exposures(rules, new Map()).map(({ to }) => to);

test('a guest is filtered where all three switches are on', () => {
  const on = { options: options(true) };
  expect(filtered(guest(100, true, [true]), on)).toBe('yes');
  expect(filtered(guest(100, true, [true, false]), on)).toBe('partly');
  expect(filtered(guest(100, true, [false]), on)).toBe('no');
  expect(filtered(guest(100, false, [true]), on)).toBe('no');
  expect(filtered(guest(100, true, [true]), { options: options(false) })).toBe('no');
  expect(filtered(guest(100, true, [true]), {})).toBe('unknown');
});

test('the trap: guests have theirs on, and the datacenter is off', () => {
  const guests = [guest(100, true, [true], { name: 'web' }), guest(101, false, [])];
  expect(said(seen(false, { guests }))).toEqual([
    'critical the firewall of the datacenter is off: NOTHING is filtered, though 1 guest has its own on',
  ]);
  expect(said(seen(false))).toEqual([
    'warning the firewall of the datacenter is off: Proxmox filters nothing, on no node and no guest',
  ]);
});

test('a card that is not told, guests without, policies that let all in, nodes that are off', () => {
  const guests = [
    guest(100, true, [false], { name: 'web' }),
    guest(101, true, [true, false]),
    guest(102, false, [true]),
    guest(103, false, [true], { running: false }),
    guest(104, true, [true], { options: options(true, 'ACCEPT') }),
  ];
  const nodes = [{ node: 'pve2', options: options(false), rules: [] }];
  expect(said(seen(true, { guests, nodes }))).toEqual([
    'warning 1 node with the firewall switched off: pve2',
    'critical the firewall of 100 web is on and filters NOTHING: net0 lacks firewall=1',
    'warning the firewall of 101 is on and filters a part only: net1 lacks firewall=1',
    'warning the firewall of 104 lets in everything that no rule forbids',
    'warning 1 running guest without a firewall',
  ]);
});

test('rules that let anybody in to what is sensitive', () => {
  expect(open(rule({ macro: 'SSH' }))).toEqual(['SSH (22)']);
  expect(open(rule({ macro: 'HTTPS' }), rule({ proto: 'tcp', dport: '80,443' }))).toEqual([]);
  expect(open(rule({ proto: 'tcp', dport: '22,8006' }))).toEqual(['SSH (22)', 'Proxmox VE (8006)']);
  expect(open(rule({ proto: 'tcp', dport: '3300:3400', source: '0.0.0.0/0' }))).toEqual([
    'MySQL (3306)',
    'RDP (3389)',
  ]);
  expect(open(rule({ proto: 'tcp' }), rule({ proto: 'tcp', dport: '1:65535' }))).toEqual([
    'every TCP port',
    'TCP ports 1-65535',
  ]);
  expect(open(rule({}))).toEqual(['everything']);
  for (const harmless of [
    rule({ macro: 'SSH', source: '+dc/admins' }),
    rule({ macro: 'SSH', enabled: false }),
    rule({ macro: 'SSH', type: 'out' }),
    rule({ macro: 'SSH', action: 'DROP' }),
    rule({ proto: 'udp', dport: '22' }),
  ])
    expect(open(harmless)).toEqual([]);
  // First match wins: after one that turns all away nothing counts.
  expect(open(rule({ action: 'DROP' }), rule({ macro: 'SSH' }))).toEqual([]);
});

test('rules of a security group count where it is used', () => {
  const groups = new Map([['admin', [rule({ proto: 'tcp', dport: '5432' })]]]);
  const uses = (enabled: boolean) => exposures([rule({ type: 'group', action: 'Admin', enabled })], groups);
  expect(uses(true).map(({ to }) => to)).toEqual(['PostgreSQL (5432)']);
  expect(uses(false)).toEqual([]);
});

test('rules that are off and names that nothing refers to', () => {
  const rules = [rule({ enabled: false }), rule({ macro: 'Ping' })];
  const datacenter = { options: options(true), rules };
  expect(said(seen(true, { datacenter, unused: ['set old'] }))).toEqual([
    'note rules that are switched off and do nothing',
    'note no rule that counts refers to set old',
  ]);
});
