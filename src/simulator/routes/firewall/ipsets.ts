import { type Call, parameterErrors, type Routes } from '../../call.ts';
import { type FirewallValues, type IpSet, listDigest, withDigest } from '../../world/firewall.ts';
import { no } from '../find.ts';
import { assertDigest, type Scope } from './scope.ts';

function rows(call: Call, { of }: Scope) {
  return [...of(call).ipsets]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { comment }]) => (comment ? { name, comment } : { name }));
}

/** Makes a set, or with `rename` gives one another name or comment. */
function create(call: Call, scope: Scope): null {
  const { ipsets } = scope.of(call);
  const { name, rename, comment } = call.params;
  if (rename === undefined) {
    if (ipsets.has(name)) throw parameterErrors({ name: `IPSet '${name}' already exists` });
    ipsets.set(name, { entries: [], ...(comment !== undefined && { comment }) });
    return null;
  }
  assertDigest(listDigest(rows(call, scope)), call.params.digest);
  const old = ipsets.get(rename);
  if (!old) throw parameterErrors({ name: `IPSet '${rename}' does not exist` });
  if (name !== rename && ipsets.has(name))
    throw parameterErrors({ name: `IPSet '${name}' does already exist` });
  ipsets.delete(rename);
  ipsets.set(name, { ...old, ...(comment !== undefined && { comment }) });
  return null;
}

/** An address as PVE keeps it in a set: a single host without its prefix, an alias as it is. */
function written(call: Call, scope: Scope): string {
  const given = String(call.params.cidr);
  const alias = /^(?:dc\/|guest\/)?([A-Za-z][A-Za-z0-9_-]+)$/.exec(given)?.[1];
  if (alias === undefined) return given.replace(/\/(?:32|128)$/, '');
  const known = [scope.of(call), call.world.firewalls.of('/')];
  if (!known.some(({ aliases }) => aliases.has(alias.toLowerCase()))) throw no(`no such alias '${alias}'`);
  return given;
}

function add(call: Call, scope: Scope, { entries }: IpSet): null {
  const { nomatch, comment } = call.params;
  const cidr = written(call, scope);
  if (entries.some((entry) => entry.cidr === cidr))
    throw parameterErrors({ cidr: `address '${cidr}' already exists` });
  if (/\/0+$/.test(cidr)) throw parameterErrors({ cidr: 'a zero prefix is not allowed in ipset entries' });
  entries.unshift({ cidr, ...(nomatch && { nomatch: 1 }), ...(comment && { comment }) });
  return null;
}

/** The sets of addresses in one firewall. */
export function ipsetRoutes(scope: Scope): Routes {
  const path = `${scope.base}/ipset`;
  const setOf = (call: Call): IpSet => {
    const set = scope.of(call).ipsets.get(call.params.name);
    if (!set) throw no(`no such IPSet '${call.params.name}'`);
    return set;
  };
  const entryOf = (call: Call): FirewallValues => {
    const { entries } = setOf(call);
    assertDigest(listDigest(entries), call.params.digest);
    const entry = entries.find(({ cidr }) => cidr === call.params.cidr);
    if (!entry) throw parameterErrors({ cidr: 'no such IP/Network' });
    return entry;
  };
  return {
    [`GET ${path}`]: (call) => withDigest(rows(call, scope)),
    [`POST ${path}`]: (call) => create(call, scope),
    [`GET ${path}/{name}`]: (call) => withDigest(setOf(call).entries),
    [`POST ${path}/{name}`]: (call) => add(call, scope, setOf(call)),
    [`DELETE ${path}/{name}`]: (call) => {
      const { name, force } = call.params;
      if (setOf(call).entries.length > 0 && !force) throw no(`IPSet '${name}' is not empty`);
      scope.of(call).ipsets.delete(name);
      return null;
    },
    [`GET ${path}/{name}/{cidr}`]: (call) => ({ ...entryOf(call), digest: listDigest(setOf(call).entries) }),
    [`PUT ${path}/{name}/{cidr}`]: (call) => {
      const entry = entryOf(call);
      const { nomatch, comment } = call.params;
      delete entry.nomatch;
      delete entry.comment;
      Object.assign(entry, { ...(nomatch && { nomatch: 1 }), ...(comment && { comment }) });
      return null;
    },
    // Deleting one that is not there is no error.
    [`DELETE ${path}/{name}/{cidr}`]: (call) => {
      const set = setOf(call);
      assertDigest(listDigest(set.entries), call.params.digest);
      set.entries = set.entries.filter(({ cidr }) => cidr !== call.params.cidr);
      return null;
    },
  };
}
