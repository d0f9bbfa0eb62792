import { type Call, parameterErrors, Reply, type Routes } from '../../call.ts';
import type { Firewall, FirewallValues } from '../../world/firewall.ts';
import { listDigest } from '../../world/firewall.ts';
import { aliasRoutes } from './aliases.ts';
import { groupRoutes } from './groups.ts';
import { ipsetRoutes } from './ipsets.ts';
import { macroNames } from './macros.ts';
import { ruleRoutes } from './rules.ts';
import { assertDigest, type Scope, scopes } from './scope.ts';

const notOptions = new Set(['node', 'vmid', 'vnet', 'delete', 'digest']);

/**
 * The options as they are read. Of the cluster, a number above 1 is the moment somebody switched the firewall on; unless it is
 * set to 1 within a minute, it counts as switched off again, so that nobody locks himself out (PVE 9.2).
 */
function optionsOf(call: Call, scope: Scope): FirewallValues {
  const { options } = scope.of(call);
  const since = Number(options.enable ?? 0);
  if (scope.env === 'cluster' && since > 1 && call.world.seconds() - since > 60) options.enable = 0;
  return options;
}

function setOptions(call: Call, scope: Scope): null {
  const { params, method, world } = call;
  scope.demand?.(call, 'SDN.Allocate');
  const options = optionsOf(call, scope);
  assertDigest(listDigest([options]), params.digest);
  for (const name of String(params.delete ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean)) {
    if (!method.parameters[name] || notOptions.has(name))
      throw parameterErrors({ delete: `no such option '${name}'` });
    delete options[name];
  }
  for (const [name, value] of Object.entries(params)) {
    if (notOptions.has(name)) continue;
    options[name] = name === 'enable' && value > 1 ? world.seconds() : value;
  }
  return null;
}

/** What a rule's source and destination may refer to. */
function refs(firewall: Firewall, scope: 'dc' | 'guest', type: string | undefined) {
  const sets = [...firewall.ipsets].map(([name, { comment }]) => ({
    ...{ type: 'ipset', name, ref: `+${name}`, scope },
    ...(comment && { comment }),
  }));
  const aliases = [...firewall.aliases].map(([name, { comment }]) => ({
    ...{ type: 'alias', name, ref: name, scope },
    ...(comment && { comment }),
  }));
  return [...sets, ...aliases].filter((row) => type === undefined || row.type === type);
}

function refsOf(call: Call, scope: Scope) {
  const { world, params } = call;
  const shared = refs(world.firewalls.of('/'), 'dc', params.type);
  return scope.env === 'cluster' ? shared : [...shared, ...refs(scope.of(call), 'guest', params.type)];
}

const subdirs: Record<Scope['env'], string> = {
  cluster: 'options rules ipset aliases groups refs macros',
  host: 'rules options log',
  vm: 'rules aliases ipset refs options',
  ct: 'rules aliases ipset refs options',
  vnet: 'rules options',
};

function routesOf(scope: Scope): Routes {
  const { env, base, of } = scope;
  const isGuest = env === 'vm' || env === 'ct';
  return {
    [`GET ${base}`]: () => subdirs[env].split(' ').map((name) => ({ name })),
    [`GET ${base}/options`]: (call) => {
      scope.demand?.(call, 'SDN.Allocate', 'SDN.Audit');
      const options = optionsOf(call, scope);
      return { ...options, digest: listDigest([options]) };
    },
    [`PUT ${base}/options`]: (call) => setOptions(call, scope),
    ...ruleRoutes({
      ...{ env, base: `${base}/rules`, firewall: of, get: (call) => of(call).rules },
      demand: scope.demand,
      set: (call, rules) => {
        of(call).rules = rules;
      },
    }),
    ...(env === 'cluster' || isGuest ? { ...aliasRoutes(scope), ...ipsetRoutes(scope) } : {}),
    ...(env === 'cluster' || isGuest ? { [`GET ${base}/refs`]: (call: Call) => refsOf(call, scope) } : {}),
    // Nothing is ever dropped here, so nothing is logged.
    ...(env === 'host' || isGuest
      ? { [`GET ${base}/log`]: () => new Reply([{ n: 1, t: 'no content' }], { total: 1 }) }
      : {}),
  };
}

/** Every firewall: of the cluster, of nodes, of guests and of virtual networks. It filters nothing. */
export const firewallRoutes: Routes = {
  ...Object.assign({}, ...scopes.map(routesOf)),
  ...groupRoutes,
  'GET /cluster/firewall/macros': () => macroNames.map((macro) => ({ macro, descr: macro })),
};
