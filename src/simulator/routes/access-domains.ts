import { type Call, parameterErrors, type Routes } from '../call.ts';
import { REALMS } from '../world/realms.ts';
import { digestOf, type Section } from '../world/sections.ts';
import { no } from './find.ts';
import { assertUnchanged, changeSection, optionsOf, requireOptions, saying } from './section-config.ts';

const base = '/access/domains';

const own = ({ world }: Call) => world.sections.of('domains');

function all(call: Call): Map<string, Section> {
  return new Map([...REALMS, ...own(call)] as [string, Section][]);
}

/** What each type of realm cannot do without. */
const required: Record<string, readonly string[]> = {
  ...{ ldap: ['server1', 'base_dn', 'user_attr'], ad: ['server1', 'domain'] },
  openid: ['issuer-url', 'client-id'],
};

/** What the login page may know of each realm. */
function row(realm: string, { type, comment, default: first, tfa }: Section) {
  return {
    ...{ realm, type },
    ...(comment ? { comment } : {}),
    ...(first ? { default: 1 } : {}),
    ...(tfa ? { tfa: String(tfa).replace(/^type=([^,]+).*/, '$1') } : {}),
  };
}

function create(call: Call): null {
  const { realm, type } = call.params;
  return saying('add auth server failed', () => {
    if (own(call).has(realm)) throw no(`domain '${realm}' already exists`);
    if (REALMS.has(realm)) throw no(`domain '${realm}' already exists`);
    if (type === 'pam' || type === 'pve') throw no(`unable to create builtin type '${type}'`);
    const { password: _password, 'check-connection': check, ...given } = optionsOf(call, 'realm');
    if (check !== undefined && type !== 'ldap' && type !== 'ad')
      throw no("'check-connection' parameter can only be set for realms of type 'ldap' or 'ad'");
    requireOptions(given, ...(required[type] ?? []));
    if (check) throw no(`could not connect to '${given.server1}': Connection refused`);
    if (given.default) for (const other of own(call).values()) delete other.default;
    own(call).set(realm, { type, ...given });
    return null;
  });
}

function update(call: Call): null {
  const { realm, digest } = call.params;
  return saying('update auth server failed', () => {
    assertUnchanged(digestOf(own(call)), digest);
    const old = all(call).get(realm);
    if (!old) throw no(`domain '${realm}' does not exist`);
    const given = optionsOf(call, 'realm');
    if (Object.keys(given).length === 0 && call.params.delete === undefined) throw no('no options specified');
    const section = { ...old };
    changeSection(section, call, { ids: ['realm'], required: required[String(old.type)] ?? [] });
    delete section.password;
    own(call).set(realm, section);
    return null;
  });
}

function remove(call: Call): null {
  const { realm } = call.params;
  return saying('delete auth server failed', () => {
    if (!all(call).has(realm)) throw no(`authentication domain '${realm}' does not exist`);
    // A built-in one is back at once.
    own(call).delete(realm);
    return null;
  });
}

/** `POST …/sync`: only directories can be asked, and none answers here. */
function sync(call: Call): never {
  const realm = all(call).get(call.params.realm);
  if (!realm) throw parameterErrors({ realm: 'Realm does not exist.' });
  if (realm.type !== 'ldap' && realm.type !== 'ad')
    throw no(`Cannot sync realm type '${realm.type}'! Only LDAP/AD realms can be synced.`);
  throw no(`could not connect to '${realm.server1}': Connection refused`);
}

/** The realms that users belong to. Those made here are kept; nobody logs in by them. */
export const accessDomainRoutes: Routes = {
  [`GET ${base}`]: (call) => [...all(call)].map(([realm, section]) => row(realm, section)),
  [`POST ${base}`]: create,
  [`GET ${base}/{realm}`]: (call) => {
    const { realm } = call.params;
    const section = all(call).get(realm);
    if (!section) throw no(`domain '${realm}' does not exist`);
    return { ...section, digest: digestOf(own(call)) };
  },
  [`PUT ${base}/{realm}`]: update,
  [`DELETE ${base}/{realm}`]: remove,
  [`POST ${base}/{realm}/sync`]: sync,
};
