import { Failure } from '../failure.ts';
import { type Held, holding } from '../schema/held.ts';
import { type Need, needOf } from '../schema/needs.ts';
import { privilegeWords } from '../schema/privileges.ts';
import { unsaidNeedOf } from '../schema/unsaid-needs.ts';
import { type HeldThere, has, lackingHint, type Refused } from './forbidden.ts';
import type { Lacking, Refusal } from './refusal.ts';

/** Reads from the server that refused, without telling anybody. */
export type Reading = (path: string, params: Record<string, string>) => Promise<{ data: unknown }>;

export interface RefusedCall {
  verb: string;
  path: string;
  params: Readonly<Record<string, unknown>>;
  who: Refused;
}

/**
 * What is missing for a call that was refused, by what the server says of the login's privileges. Asks it twice at most; what it
 * does not tell stays open. Undefined where nothing better can be said than what was said already.
 *
 * Everybody may ask what they may do themselves, and a user what its tokens may do. A token may ask about its user only with
 * Sys.Audit on /access (pve-access-control, 2026).
 */
export async function hintByLooking(
  refusal: Extract<Refusal, { kind: 'privilege' | 'unsaid' }>,
  call: RefusedCall,
  read: Reading,
): Promise<string | undefined> {
  const found: Awaited<ReturnType<typeof unsaidLack>> =
    refusal.kind === 'privilege' ? { lacking: refusal } : await unsaidLack(call, read);
  if (found === undefined || 'words' in found) return found?.words;
  const { lacking, tree } = found;
  const held = await heldThere(lacking, call.who, tree, read);
  // Meanwhile it has it, or something else stands in the way.
  if (held.login !== undefined && has(held.login, lacking)) return undefined;
  const login = held.login ?? [];
  const missing = lacking.any ? lacking.privileges : lacking.privileges.filter((one) => !login.includes(one));
  return lackingHint({ ...lacking, privileges: missing }, call.who, held);
}

async function heldThere(
  { path }: Lacking,
  who: Refused,
  tree: Held | undefined,
  read: Reading,
): Promise<HeldThere> {
  const [user = ''] = who.name.split('!', 1);
  const asksUser = who.kind === 'token' && user !== 'root@pam';
  const [login, ofUser] = await Promise.all([
    tree === undefined ? privilegesOn(path, read, {}) : allOn(path, tree),
    asksUser ? privilegesOn(path, read, { userid: user }) : undefined,
  ]);
  return { ...(login && { login }), ...(ofUser && { user: ofUser }) };
}

/** What is held on a path, by what is told of all of them. */
function allOn(path: string, tree: Held): readonly string[] {
  const names = new Set(Object.values(tree).flatMap((privileges) => Object.keys(privileges)));
  return [...names].filter((privilege) => holding(tree, path, privilege) === 'yes');
}

async function privilegesOn(
  path: string,
  read: Reading,
  about: Record<string, string>,
): Promise<readonly string[] | undefined> {
  const held = heldIn(await read('/access/permissions', { ...about, path }).catch(() => undefined));
  const there = held?.[path];
  return there && Object.keys(there);
}

function heldIn(answer: { data: unknown } | undefined): Held | undefined {
  const data = answer?.data;
  const isTree = typeof data === 'object' && data !== null && !Array.isArray(data);
  return isTree && Object.values(data).every((one) => typeof one === 'object' && one !== null)
    ? (data as Held)
    : undefined;
}

/** For the refusal without a word: which of the method's ways is the first that the login does not have. */
async function unsaidLack(
  call: RefusedCall,
  read: Reading,
): Promise<{ lacking: Lacking; tree?: Held | undefined } | { words: string } | undefined> {
  const { pveCatalog } = await import('../schema/pve-catalog.ts');
  const found = pveCatalog().find(call.verb, call.path);
  if (found === undefined) return undefined;
  const params = { ...call.params, ...found.pathParams };
  const unsaid = unsaidNeedOf(found.method);
  const needs = [needOf(found.method), unsaid?.needed].flatMap((need) => (need ? waysOf(need, params) : []));
  const tree =
    needs.length > 0 ? heldIn(await read('/access/permissions', {}).catch(() => undefined)) : undefined;
  const lacking = tree && needs.find((one) => !has(allOn(one.path, tree), one));
  if (lacking !== undefined) return { lacking, tree };
  return {
    words: `This call needs ${privilegeWords(found.method, params)}. /access/permissions shows what this login may do.`,
  };
}

/** The privileges that a need comes down to, where the call says on which path. */
function waysOf(need: Need, params: Readonly<Record<string, unknown>>): Lacking[] {
  if (need.kind === 'and' || need.kind === 'or') return need.of.flatMap((one) => waysOf(one, params));
  if (need.kind === 'group') return [{ path: '/access/groups', privileges: need.privileges, any: true }];
  if (need.kind !== 'privilege') return [];
  if (need.onlyWith !== undefined && params[need.onlyWith] === undefined) return [];
  const path = need.path.replace(/\{([^}]+)\}/g, (whole, name: string) => {
    const value = params[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
  });
  return path.includes('{') ? [] : [{ path, privileges: need.privileges, any: need.any }];
}

/** The error of a refused call with the better hint. */
export function withHint(error: Failure, hint: string): Failure {
  return new Failure(error.code, error.message, hint, error.details, error.cause);
}
