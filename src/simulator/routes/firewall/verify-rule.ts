import { type Call, parameterErrors } from '../../call.ts';
import type { Firewall, FirewallValues } from '../../world/firewall.ts';
import { macroNames } from './macros.ts';
import type { Environment } from './scope.ts';

const words = (text: string) => new Set(text.split(' '));

// As PVE's firewall documents them.
const directions: Record<Environment, ReadonlySet<string>> = {
  ct: words('in out group'),
  vm: words('in out group'),
  group: words('in out forward'),
  cluster: words('in out forward group'),
  host: words('in out forward group'),
  vnet: words('forward group'),
};
const withoutInterface = words('group vnet');
const withPorts = words('udp 17 udplite 136 tcp 6 dccp 33 sctp 132');
const icmp = words('icmp icmpv6 ipv6-icmp');

function refuse(name: string, text: string): never {
  throw parameterErrors({ [name]: text });
}

function checkAction(rule: FirewallValues, env: Environment): void {
  const type = String(rule.type ?? '');
  const action = String(rule.action ?? '');
  if (type === '') refuse('type', 'missing property');
  if (action === '') refuse('action', 'missing property');
  if (!directions[env].has(type)) refuse('type', `invalid rule type '${type}' for rule_env '${env}'`);
  if (type === 'group') {
    if (!/^[A-Za-z][A-Za-z0-9_-]+$/.test(action))
      refuse('action', 'invalid characters in security group name');
    return;
  }
  if (type === 'forward' && action === 'REJECT')
    refuse('action', 'cannot define REJECT rules on forward chain');
  if (!/^(?:ACCEPT|DROP|REJECT)$/.test(action)) refuse('action', `unknown action '${action}'`);
}

function checkPorts(rule: FirewallValues): void {
  const proto = rule.proto === undefined ? undefined : String(rule.proto);
  for (const name of ['dport', 'sport'] as const) {
    if (rule[name] === undefined) continue;
    if (proto === undefined) refuse('proto', `missing property - '${name}' requires this property`);
    if (!withPorts.has(proto) && !(name === 'dport' && icmp.has(proto)))
      refuse(name, `protocol '${proto}' does not support ports`);
  }
  if (rule['icmp-type'] === undefined) return;
  if (proto === undefined || !icmp.has(proto))
    refuse('proto', "missing property - 'icmp-type' requires this property");
  if (rule.dport !== undefined) refuse('icmp-type', "'icmp-type' cannot be specified together with 'dport'");
}

/** The IP version of an address list; undefined for a name. Names of sets and aliases must exist. */
function checkAddresses(
  rule: FirewallValues,
  name: 'source' | 'dest',
  known: readonly Firewall[],
): 4 | 6 | undefined {
  const value = rule[name] === undefined ? undefined : String(rule[name]);
  if (value === undefined) return undefined;
  const set = /^\+(?:guest\/|dc\/|sdn\/)?(.+)$/.exec(value)?.[1];
  if (set !== undefined) {
    if (!known.some(({ ipsets }) => ipsets.has(set))) refuse(name, `no such ipset '${set}'`);
    return undefined;
  }
  const alias = /^(?:guest\/|dc\/)?([A-Za-z][A-Za-z0-9_-]+)$/.exec(value)?.[1]?.toLowerCase();
  if (alias === undefined) return value.includes(':') ? 6 : 4;
  const found = known.find(({ aliases }) => aliases.has(alias))?.aliases.get(alias);
  if (!found) refuse(name, `no such alias '${value}'`);
  return found.ipversion as 4 | 6;
}

/** Checks a whole rule as PVE does before it saves one, and fills in what follows from it. */
export function verifyRule(call: Call, rule: FirewallValues, env: Environment, own: Firewall): void {
  checkAction(rule, env);
  if (rule.iface !== undefined) {
    if (withoutInterface.has(env)) refuse('type', 'parameter -i not allowed for this rule type');
    if ((env === 'vm' || env === 'ct') && !/^net\d+$/.test(String(rule.iface)))
      refuse('iface', "value does not match the regex pattern 'net\\d+'");
  }
  if (rule.macro !== undefined) {
    const asked = String(rule.macro).toLowerCase();
    const name = macroNames.find((one) => one.toLowerCase() === asked);
    if (name === undefined) refuse('macro', `unknown macro '${rule.macro}'`);
    rule.macro = name;
  }
  checkPorts(rule);
  const known = [own, call.world.firewalls.of('/')];
  const versions = [
    rule.proto === 'icmp' ? 4 : undefined,
    rule.proto === 'icmpv6' || rule.proto === 'ipv6-icmp' ? 6 : undefined,
    checkAddresses(rule, 'source', known),
    checkAddresses(rule, 'dest', known),
  ].filter((version) => version !== undefined);
  if (new Set(versions).size > 1) refuse('dest', 'detected mixed ipv4/ipv6 addresses in rule');
  delete rule.ipversion;
  if (versions[0] !== undefined) rule.ipversion = versions[0];
}
