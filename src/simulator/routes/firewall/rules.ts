import { ApiError, type Call, parameterErrors, type Routes } from '../../call.ts';
import { type Firewall, type FirewallValues, listDigest, withDigest } from '../../world/firewall.ts';
import { no } from '../find.ts';
import { assertDigest, type Environment, type Scope } from './scope.ts';
import { verifyRule } from './verify-rule.ts';

const properties = [
  ...['type', 'action', 'macro', 'iface', 'source', 'dest', 'proto', 'enable', 'log', 'sport', 'dport'],
  ...['comment', 'icmp-type'],
];

/** A list of rules in one firewall: its own, or a security group's. */
export interface RuleList {
  env: Environment;
  base: string;
  firewall(call: Call): Firewall;
  get(call: Call): FirewallValues[];
  set(call: Call, rules: FirewallValues[]): void;
  demand?: Scope['demand'];
}

/** Takes what a call says into a rule; an empty text and `-` take a property out. */
function copyInto(rule: FirewallValues, params: Call['params']): void {
  for (const name of properties) {
    const value = params[name];
    if (value === undefined) continue;
    if (value === '' || value === '-') delete rule[name];
    else rule[name] = value;
  }
}

function removeFrom(rule: FirewallValues, names: string | undefined): void {
  for (const name of (names ?? '').split(/[,;\s]+/).filter(Boolean)) {
    if (![...properties, 'pos', 'digest'].includes(name))
      throw parameterErrors({ delete: `no such property ('${name}')` });
    if (name === 'type' || name === 'action')
      throw parameterErrors({ delete: `unable to delete required property '${name}'` });
    delete rule[name];
  }
}

/**
 * Refuses a position that is not there. A list that is saved empty is no list any more when PVE reads it again, and Perl
 * stumbles over it (recorded on PVE 9.2 for DELETE); a security group keeps its empty list.
 */
function assertPosition({ params }: Call, rules: FirewallValues[], env: Environment, line: number): void {
  if (params.pos < rules.length) return;
  if (rules.length > 0 || env === 'group') throw no(`no rule at position ${params.pos}`);
  const where = `at /usr/share/perl5/PVE/API2/Firewall/Rules.pm line ${line}.`;
  throw new ApiError(500, `Can't use an undefined value as an ARRAY reference ${where}`);
}

function update(call: Call, list: RuleList): null {
  const { params } = call;
  const rules = list.get(call);
  assertDigest(listDigest(rules), params.digest);
  assertPosition(call, rules, list.env, 373);
  const rule = rules[params.pos] as FirewallValues;
  const { moveto } = params;
  if (moveto !== undefined && moveto !== params.pos) {
    const others = rules.filter((one) => one !== rule);
    const at = moveto >= rules.length ? others.length : moveto > params.pos ? moveto - 1 : moveto;
    list.set(call, others.toSpliced(at, 0, rule));
    return null;
  }
  const changed = { ...rule };
  copyInto(changed, params);
  removeFrom(changed, params.delete);
  verifyRule(call, changed, list.env, list.firewall(call));
  list.set(call, rules.with(params.pos, changed));
  return null;
}

/** The five methods on a list of rules. */
export function ruleRoutes(list: RuleList): Routes {
  const shown = (call: Call) => {
    list.demand?.(call, 'SDN.Audit', 'SDN.Allocate');
    return withDigest(list.get(call)).map((rule, pos) => ({ ...rule, pos }));
  };
  const toChange = (call: Call) => list.demand?.(call, 'SDN.Allocate');
  return {
    [`GET ${list.base}`]: shown,
    [`POST ${list.base}`]: (call) => {
      toChange(call);
      const rules = list.get(call);
      const rule: FirewallValues = {};
      copyInto(rule, call.params);
      verifyRule(call, rule, list.env, list.firewall(call));
      rule.enable ??= 0;
      list.set(call, [rule, ...rules]);
      return null;
    },
    [`GET ${list.base}/{pos}`]: (call) => {
      const rule = shown(call)[call.params.pos];
      if (!rule) throw no(`no rule at position ${call.params.pos}`);
      return rule;
    },
    [`PUT ${list.base}/{pos}`]: (call) => {
      toChange(call);
      return update(call, list);
    },
    [`DELETE ${list.base}/{pos}`]: (call) => {
      toChange(call);
      const rules = list.get(call);
      assertDigest(listDigest(rules), call.params.digest);
      assertPosition(call, rules, list.env, 462);
      list.set(call, rules.toSpliced(call.params.pos, 1));
      return null;
    },
  };
}
