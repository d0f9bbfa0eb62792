import type { FirewallValues } from '../world/firewall.ts';
import type { World } from '../world/world.ts';

/** Who filters what: one guest as it should be, one that only seems so, and a database that is open to everybody. */
export function seedDemoFirewall(world: World): void {
  const datacenter = world.firewalls.of('/');
  datacenter.options.enable = 1;
  datacenter.aliases.set('office', {
    name: 'office',
    cidr: '192.0.2.0/24',
    ipversion: 4,
    comment: 'the office',
  });
  datacenter.ipsets.set('old-partners', { comment: 'nobody knows', entries: [{ cidr: '198.51.100.0/24' }] });
  datacenter.rules.push(
    rule({ proto: 'tcp', dport: '8006', source: 'office', comment: 'web pages' }),
    rule({ macro: 'SSH', comment: 'from everywhere, until the VPN is there' }),
  );
  guard(world, 101, [rule({ proto: 'tcp', dport: '80,443' }), rule({ macro: 'SSH', source: 'dc/office' })]);
  guard(world, 102, [rule({ proto: 'tcp', dport: '5432' }), { ...rule({ macro: 'Ping' }), enable: 0 }]);
  // Its rules are there, and its network card never heard of them.
  guard(world, 103, [rule({ macro: 'SMTP' })], false);
}

function rule(values: FirewallValues): FirewallValues {
  return { type: 'in', action: 'ACCEPT', enable: 1, ...values };
}

function guard(world: World, vmid: number, rules: FirewallValues[], wired = true): void {
  const firewall = world.firewalls.of(`/vms/${vmid}`);
  firewall.options.enable = 1;
  firewall.rules.push(...rules);
  const guest = world.guests.get(vmid);
  if (wired) guest?.set({ net0: `${guest.config.net0},firewall=1` });
}
