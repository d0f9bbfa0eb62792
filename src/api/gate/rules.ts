import { Failure } from '../../failure.ts';
import { type Effect, isEverydayRead } from '../../schema/effect.ts';
import { matchesPath, wordsOf } from '../../schema/path-pattern.ts';
import type { Call } from './call.ts';
import { type Meaning, meaningsOf } from './meanings.ts';
import type { TouchedGuest } from './plan.ts';
import type { CallPattern, Policy, Protection } from './policy.ts';

/** What the policy says against a call, whatever it does. Undefined: nothing. */
export function forbiddenCall(call: Call, policy: Policy): Failure | undefined {
  const words = wordsOf(call.path);
  if (call.verb !== 'GET' && words.length === 3 && words[0] === 'nodes' && words[2] === 'execute')
    return new Failure(
      'not_allowed',
      `POST ${call.path} carries other calls past every check, so it is never sent.`,
      'Make each call by itself.',
    );
  const { allow, deny } = policy;
  if (deny.length > 0) {
    const meanings = meaningsOf(call).map((one) => ({ verb: one.verb, words: one.words.map(lower) }));
    const denied = deny.find((pattern) => meanings.some((meaning) => denies(pattern, meaning)));
    if (denied !== undefined) return refused(call, `MCP_DENY refuses it: ${denied.text}.`);
  }
  if (allow.length === 0 || isEverydayRead(call.verb, call.path)) return undefined;
  if (allow.some((pattern) => allows(pattern, { verb: call.verb, words }))) return undefined;
  return refused(call, `MCP_ALLOW has only ${listed(allow.map(({ text }) => text))}.`);
}

/** What is denied is so in any case, and a star in the call may be any word. */
function denies({ verbs, anyCase }: CallPattern, { verb, words }: Meaning): boolean {
  return (verbs === undefined || verbs.includes(verb)) && matchesPath(anyCase, words);
}

/** What is allowed is so only as it is written; a star is no name. */
function allows({ verbs, words: pattern }: CallPattern, { verb, words }: Meaning): boolean {
  if (verbs !== undefined && !verbs.includes(verb)) return false;
  return !words.includes('*') && matchesPath(pattern, words);
}

const lower = (word: string) => word.toLowerCase();

function refused(call: Call, why: string): Failure {
  return new Failure(
    'not_allowed',
    `The settings of this server do not allow ${call.verb} ${call.path}. ${why}`,
    'Nothing was sent. Only who runs the server can change its settings: say what you wanted to do and why.',
  );
}

/** What the policy says against the effect of a call, and against changing these guests. Undefined: nothing. */
export function forbiddenChange(
  effect: Effect,
  guests: readonly TouchedGuest[],
  policy: Policy,
): Failure | undefined {
  if (effect === 'read') return undefined;
  if (policy.readOnly)
    return new Failure(
      'not_allowed',
      'This server only reads.',
      'The setting MCP_READ_ONLY is on; only who runs the server can change that.',
    );
  for (const guest of guests) {
    const shield = policy.protect.find((protection) => shields(protection, guest));
    if (shield !== undefined) return shielded(guest, `MCP_PROTECT has ${textOf(shield)}`);
  }
  const unknown = guests.find((guest) => isUnknown(guest, policy));
  return unknown && unseen(unknown);
}

function shields(protection: Protection, guest: TouchedGuest): boolean {
  switch (protection.kind) {
    case 'vmid':
      return guest.vmid >= protection.from && guest.vmid <= protection.to;
    case 'tag':
      return guest.tags.some((tag) => lower(tag) === lower(protection.name));
    case 'pool':
      return guest.pool === protection.name || guest.pool?.startsWith(`${protection.name}/`) === true;
    case 'node':
      return lower(guest.node) === lower(protection.name);
  }
}

/** Whether the cluster does not list a guest to this login. */
export function isUnseen({ status, name }: TouchedGuest): boolean {
  return status === undefined && name === undefined;
}

/** A guest that the login does not see: it may have any tag and be in any pool. */
function isUnknown(guest: TouchedGuest, { protect }: Policy): boolean {
  const { node } = guest;
  if (!isUnseen(guest)) return false;
  return protect.some(({ kind }) => kind === 'tag' || kind === 'pool' || (kind === 'node' && node === ''));
}

/** What the policy says where the guests that a change touches could not be read. Undefined: nothing. */
export function unknownGuests(unread: true | undefined, { protect }: Policy): Failure | undefined {
  if (unread === undefined || protect.length === 0) return undefined;
  return new Failure(
    'not_allowed',
    'The cluster does not say which guests there are, so nobody can tell whether this touches one that MCP_PROTECT protects.',
    'Nothing was sent. Try again once GET /cluster/resources answers.',
  );
}

function textOf(protection: Protection): string {
  if (protection.kind !== 'vmid') return `${protection.kind}:${protection.name}`;
  return protection.from === protection.to ? `${protection.from}` : `${protection.from}-${protection.to}`;
}

function shielded({ vmid, name, node }: TouchedGuest, why: string): Failure {
  return new Failure(
    'not_allowed',
    `This would touch guest ${vmid}${name === undefined ? '' : ` (${name})`} on ${node || 'an unknown node'}, which is protected: ${why}.`,
    'Nothing was sent. Leave that guest out, or ask who runs the server; no other path is allowed to it either.',
  );
}

function unseen({ vmid }: TouchedGuest): Failure {
  return new Failure(
    'not_allowed',
    `This login sees no guest ${vmid}, so nobody can tell whether MCP_PROTECT protects it.`,
    `Check the VMID. If it exists, the login needs VM.Audit on /vms/${vmid}.`,
  );
}

function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, 5).join(', ');
  return texts.length > 5 ? `${shown} and ${texts.length - 5} more` : shown;
}
