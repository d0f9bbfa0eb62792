import { type Call, parameterErrors, type Routes } from '../../call.ts';
import { type FirewallValues, listDigest, withDigest } from '../../world/firewall.ts';
import { assertDigest, type Scope } from './scope.ts';

/** An address as PVE reads it back: a single host loses its prefix. */
function aliasOf(name: string, { cidr, comment }: Call['params']): FirewallValues {
  const address = String(cidr).replace(/\/(?:32|128)$/, '');
  return {
    ...{ name, cidr: address, ipversion: address.includes(':') ? 6 : 4 },
    ...(comment && { comment }),
  };
}

/** The names for addresses in one firewall. They are found in any case of letters. */
export function aliasRoutes({ base, of }: Scope): Routes {
  const path = `${base}/aliases`;
  const sorted = (call: Call) =>
    [...of(call).aliases].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, alias]) => alias);
  const find = (call: Call) => {
    const alias = of(call).aliases.get(String(call.params.name).toLowerCase());
    if (!alias) throw parameterErrors({ name: 'no such alias' });
    return alias;
  };
  const refuseTaken = (call: Call, name: string) => {
    if (of(call).aliases.has(name.toLowerCase()))
      throw parameterErrors({ name: `alias '${name}' already exists` });
  };
  return {
    [`GET ${path}`]: (call) => withDigest(sorted(call)),
    [`POST ${path}`]: (call) => {
      const { name } = call.params;
      refuseTaken(call, name);
      of(call).aliases.set(name.toLowerCase(), aliasOf(name, call.params));
      return null;
    },
    [`GET ${path}/{name}`]: find,
    [`PUT ${path}/{name}`]: (call) => {
      const { name, rename, digest } = call.params;
      assertDigest(listDigest(sorted(call)), digest);
      find(call);
      const key = name.toLowerCase();
      const renamed = rename !== undefined && rename.toLowerCase() !== key;
      if (renamed) refuseTaken(call, rename);
      if (renamed) of(call).aliases.delete(key);
      const next = renamed ? rename : name;
      of(call).aliases.set(next.toLowerCase(), aliasOf(next, call.params));
      return null;
    },
    // Deleting one that is not there is no error.
    [`DELETE ${path}/{name}`]: (call) => {
      assertDigest(listDigest(sorted(call)), call.params.digest);
      of(call).aliases.delete(String(call.params.name).toLowerCase());
      return null;
    },
  };
}
