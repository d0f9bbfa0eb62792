import { type Call, parameterErrors, type Routes } from '../../call.ts';
import { listDigest, type SecurityGroup, withDigest } from '../../world/firewall.ts';
import { no } from '../find.ts';
import { ruleRoutes } from './rules.ts';
import { assertDigest } from './scope.ts';

const base = '/cluster/firewall/groups';
const cluster = ({ world }: Call) => world.firewalls.of('/');

function groupOf(call: Call): SecurityGroup {
  const group = cluster(call).groups.get(call.params.group);
  if (!group) throw no(`no such security group '${call.params.group}'`);
  return group;
}

const rows = (call: Call) =>
  [...cluster(call).groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, { comment }]) => (comment === undefined ? { group } : { group, comment }));

/** Makes a group, or with `rename` gives one another name or comment. */
function create(call: Call): null {
  const { groups } = cluster(call);
  const { group, rename, comment } = call.params;
  if (rename === undefined) {
    if (groups.has(group)) throw parameterErrors({ group: `Security group '${group}' already exists` });
    groups.set(group, { rules: [], ...(comment !== undefined && { comment }) });
    return null;
  }
  assertDigest(listDigest(rows(call)), call.params.digest);
  const old = groups.get(rename);
  if (!old) throw parameterErrors({ group: `Security group '${rename}' does not exist` });
  if (group !== rename && groups.has(group))
    throw parameterErrors({ group: `Security group '${group}' does already exist` });
  groups.delete(rename);
  groups.set(group, { ...old, ...(comment !== undefined && { comment }) });
  return null;
}

/** The security groups of the cluster and the rules in them. */
export const groupRoutes: Routes = {
  [`GET ${base}`]: (call) => withDigest(rows(call)),
  [`POST ${base}`]: create,
  [`DELETE ${base}/{group}`]: (call) => {
    if (groupOf(call).rules.length > 0) throw no(`Security group '${call.params.group}' is not empty`);
    cluster(call).groups.delete(call.params.group);
    return null;
  },
  ...ruleRoutes({
    ...{ env: 'group', base: `${base}/{group}`, firewall: cluster },
    get: (call) => groupOf(call).rules,
    set: (call, rules) => {
      groupOf(call).rules = rules;
    },
  }),
};
