import { readFileSync } from 'node:fs';
import type { SecondFactorAnswer, SecondFactorChallenge } from '../../api/second-factor.ts';
import { type Client, createClient } from '../../client.ts';
import { Failure } from '../../failure.ts';
import type { Way } from '../certificate.ts';
import type { InitOptions } from './options.ts';
import { mustBeSaid, type Place, stopped } from './place.ts';

/** Which servers, and how to get there. */
export interface Servers {
  urls: readonly string[];
  fingerprints: readonly string[] | undefined;
  way: Way;
}

/** A client of these servers; whoever logs in. */
export function clientOf(
  { urls, fingerprints, way }: Servers,
  login: Partial<Parameters<typeof createClient>[0]>,
): Client {
  return createClient({
    url: urls,
    timeoutMs: way.timeoutMs,
    noProxy: way.noProxy,
    ...(fingerprints !== undefined && { fingerprint: fingerprints }),
    ...(way.proxy !== undefined && { proxy: way.proxy }),
    ...login,
  });
}

/**
 * Takes the login of somebody who may make users and roles. It lives in this client alone, and ends with it.
 *
 * @throws Failure `cancelled` where nothing is typed
 */
export async function administrator(servers: Servers, options: InitOptions, place: Place): Promise<Client> {
  const { person } = place;
  const user = options.admin ?? (await askedFor(place));
  const password =
    options.passwordFile === undefined
      ? await person.secret(`Password of ${user} (used now, kept nowhere): `)
      : passwordIn(options.passwordFile);
  if (password === '')
    throw person.isAtTerminal
      ? stopped()
      : mustBeSaid(`The password of ${user}`, 'it as the first line of stdin, or in --password-file');
  const secondFactor = (challenge: SecondFactorChallenge) => answerTo(challenge, options.totp, place);
  return clientOf(servers, { user, password, secondFactor });
}

async function askedFor({ person }: Place): Promise<string> {
  const usual = 'root@pam';
  if (!person.isAtTerminal) return usual;
  const typed = (await person.ask(`Who may make users and roles? They log in this once [${usual}] `)).trim();
  return typed || usual;
}

/** As `echo` and editors write it: with a line break, which is no part of it. */
function passwordIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new Failure(
      'config',
      `--password-file: cannot read ${file} (${code}).`,
      'Check its path and who may read it.',
    );
  }
}

async function answerTo(
  { user, kinds }: SecondFactorChallenge,
  given: string | undefined,
  { person }: Place,
): Promise<SecondFactorAnswer> {
  const typed = kinds.filter((kind) => kind === 'totp' || kind === 'recovery' || kind === 'yubico');
  if (kinds.length > 0 && typed.length === 0)
    throw new Failure(
      'auth',
      `${user} has only a second factor that needs a browser (${kinds.join(', ')}).`,
      'Take an administrator with TOTP (--admin), or run the lines of `proxmox-mcp init --dry-run` in a shell of the server.',
    );
  if (given === undefined && !person.isAtTerminal)
    throw mustBeSaid(`The second factor of ${user}`, '--totp with the code of this moment');
  const value = (given ?? (await person.ask(`Second factor of ${user} (the code of this moment): `))).trim();
  if (value === '') throw stopped();
  if (/^\d{6,8}$/.test(value) && (typed.length === 0 || typed.includes('totp')))
    return { kind: 'totp', value };
  if (/^[cbdefghijklnrtuv]{44}$/.test(value) && typed.includes('yubico')) return { kind: 'yubico', value };
  return { kind: typed.includes('recovery') ? 'recovery' : (typed[0] ?? 'totp'), value };
}
