import { Failure } from '../failure.ts';
import type { CallFacts } from './explain.ts';

/**
 * The error of a call as it may be shown: named after the call, and with no secret in it, whatever a server echoed.
 * What is no `Failure` is a mistake of ours; its text may hold anything, so it goes no further.
 */
export function withoutSecrets(error: unknown, call: CallFacts, secrets: readonly string[]): Failure {
  if (!(error instanceof Failure)) {
    const kind = error instanceof Error ? error.name : typeof error;
    return new Failure(
      'internal',
      `${call.verb} ${call.path} failed inside this program (${kind}).`,
      'Please report this.',
    );
  }
  const named = { call: `${call.verb} ${call.path}`, ...error.details };
  const clean = scrubber(secrets);
  return new Failure(
    error.code,
    clean(error.message),
    clean(error.hint),
    scrubDeep(named, clean),
    error.cause,
  );
}

type Clean = (text: string) => string;

// Shorter ones would blot out half the text, and Proxmox takes no password under five characters.
const shortest = 5;

function scrubber(secrets: readonly string[]): Clean {
  const known = secrets.filter((secret) => secret.length >= shortest);
  return (text) => known.reduce((left, secret) => left.replaceAll(secret, '<secret>'), text);
}

function scrubDeep<T>(value: T, clean: Clean): T {
  if (typeof value === 'string') return clean(value) as T;
  if (Array.isArray(value)) return value.map((item) => scrubDeep(item, clean)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, scrubDeep(item, clean)])) as T;
}
