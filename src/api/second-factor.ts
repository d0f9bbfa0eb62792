import { Failure } from '../failure.ts';

/** What Proxmox takes as a second factor. */
export type SecondFactorKind = 'totp' | 'recovery' | 'yubico' | 'webauthn' | 'u2f';

/** What the server asks for after the password. */
export interface SecondFactorChallenge {
  /** `user@realm`. */
  user: string;
  /** What this user has set up; any one of them will do. */
  kinds: SecondFactorKind[];
  /** Where `kinds` has `webauthn`: what to sign, as the server sent it. */
  webauthn?: unknown;
}

/** `{ kind: 'totp', value: '123456' }`; for `webauthn` and `u2f` the value is the browser's answer as JSON text. */
export interface SecondFactorAnswer {
  kind: SecondFactorKind;
  value: string;
}

/** Gets the second factor from whoever has it. The server waits for about ten minutes. */
export type SecondFactor = (
  challenge: SecondFactorChallenge,
) => SecondFactorAnswer | Promise<SecondFactorAnswer>;

const known: readonly SecondFactorKind[] = ['totp', 'recovery', 'yubico', 'webauthn', 'u2f'];

/** Whether the answer to a password is half a login. PVE and PMG say so; PBS and PDM only show it in the ticket. */
export function asksForSecondFactor(answer: Readonly<Record<string, unknown>>): boolean {
  const { NeedTFA, ticket, CSRFPreventionToken } = answer;
  return (
    Boolean(Number(NeedTFA)) ||
    CSRFPreventionToken === 'invalid' ||
    (typeof ticket === 'string' && /^[^:]*:!tfa!/.test(ticket))
  );
}

/**
 * Reads what is asked for out of a half-finished ticket: `PVE:!tfa!<JSON, percent-encoded>:<time>::<signature>`, in all
 * four products. A challenge that can't be read is one of unknown kinds.
 */
export function readChallenge(user: string, ticket: string): SecondFactorChallenge {
  const kinds: SecondFactorKind[] = [];
  try {
    const json = /^[^:]*:!tfa!([^:]*):/.exec(ticket)?.[1] ?? '';
    const set: Record<string, unknown> = Object(JSON.parse(decodeURIComponent(json)));
    // `recovery` lists the codes that are left; an empty list means none is.
    kinds.push(...known.filter((kind) => (Array.isArray(set[kind]) ? set[kind].length > 0 : set[kind])));
    return kinds.includes('webauthn') ? { user, kinds, webauthn: set.webauthn } : { user, kinds };
  } catch {
    return { user, kinds };
  }
}

/**
 * The answer as Proxmox takes it, in the place of the password: `totp:123456`.
 *
 * @throws Failure `auth` where nobody can be asked, or the one who was asked gave nothing usable
 */
export async function askFor(
  challenge: SecondFactorChallenge,
  ask: SecondFactor | undefined,
): Promise<string> {
  if (ask === undefined) throw nobodyToAsk(challenge);
  let answer: SecondFactorAnswer;
  try {
    answer = await ask(challenge);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      'auth',
      `The second factor of ${challenge.user} was not given: the function that was asked for it failed.`,
      'Its own error is the cause of this one. The next call asks again.',
      {},
      error,
    );
  }
  const { kind, value } = Object(answer) as Partial<SecondFactorAnswer>;
  const text = typeof value === 'string' ? value.trim() : '';
  if (kind === undefined || !known.includes(kind) || text === '') {
    throw new Failure(
      'auth',
      `The second factor of ${challenge.user} was not given.`,
      "The function that is asked for it must answer like { kind: 'totp', value: '123456' }.",
    );
  }
  if (challenge.kinds.length > 0 && !challenge.kinds.includes(kind)) {
    throw new Failure(
      'auth',
      `${challenge.user} has no second factor of the kind ${kind}.`,
      `It has: ${challenge.kinds.join(', ')}. Nothing was sent, so no try was used up.`,
    );
  }
  return `${kind}:${text}`;
}

/** The Failure for a second factor that the server refused. */
export function refusedFactor(user: string, answer: string, refusal: Failure): Failure {
  const kind = answer.slice(0, answer.indexOf(':'));
  const hint =
    kind === 'totp'
      ? 'Wait for the next code (each can be used once, within 30 s), and check the clocks of server and authenticator.'
      : kind === 'recovery'
        ? 'Each recovery code can be used once: take the next one.'
        : 'Try again.';
  return new Failure(
    'auth',
    `Proxmox does not accept the second factor (${kind}) of ${user}.`,
    `${hint} Too many wrong ones lock the user out for a while.`,
    refusal.details,
  );
}

function nobodyToAsk({ user, kinds }: SecondFactorChallenge): Failure {
  const which = kinds.length === 0 ? '' : ` (${kinds.join(', ')})`;
  return new Failure(
    'auth',
    `${user} needs a second factor to log in${which}.`,
    'Use an API token, which needs none; or, in a program of your own, give the client a `secondFactor` function.',
  );
}
