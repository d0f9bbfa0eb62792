import { readFileSync } from 'node:fs';
import { path } from '../../api/path.ts';
import type { SecondFactorAnswer, SecondFactorChallenge } from '../../api/second-factor.ts';
import { type Client, createClient } from '../../client.ts';
import { Failure } from '../../failure.ts';
import type { Way } from '../certificate.ts';
import { stopped } from '../person.ts';
import type { InitOptions } from './options.ts';
import { mustBeSaid, type Place, TRIES } from './place.ts';

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
 * Takes the login of somebody who may make users and roles. It lives in this client alone, and ends with it. What
 * somebody types wrong is asked again.
 *
 * @throws Failure `cancelled` where nothing is typed
 */
export async function administrator(servers: Servers, options: InitOptions, place: Place): Promise<Client> {
  const { person } = place;
  const user = options.admin ?? (await whoMay(place));
  if (!person.isAtTerminal && options.passwordFile === undefined)
    person.write(`The password of ${user} is read from stdin.\n`);
  for (let tries = 1; ; tries++) {
    // What a flag gives is good for one try.
    let isTyped = options.passwordFile === undefined && person.isAtTerminal;
    const password = await passwordOf(user, options, place);
    const secondFactor = async (challenge: SecondFactorChallenge) => {
      isTyped &&= typedKinds(challenge).length > 0 || challenge.kinds.length === 0;
      return answerTo(challenge, tries === 1 ? options.totp : undefined, place);
    };
    const client = clientOf(servers, { user, password, secondFactor });
    try {
      await client.get(path`/version`);
      return client;
    } catch (error) {
      await client.close();
      if (!(error instanceof Failure) || error.code !== 'auth' || !isTyped || tries === TRIES) throw error;
      person.write(`${error.message}\n`);
    }
  }
}

async function passwordOf(user: string, { passwordFile }: InitOptions, { person }: Place): Promise<string> {
  const password =
    passwordFile === undefined
      ? await person.secret(`Password of ${user} (used now, kept nowhere): `)
      : passwordIn(passwordFile);
  if (password !== '') return password;
  if (passwordFile !== undefined)
    throw new Failure(
      'config',
      `--password-file: ${passwordFile} is empty.`,
      'It holds the password and nothing else.',
    );
  throw person.isAtTerminal
    ? stopped()
    : mustBeSaid(`The password of ${user}`, 'it as the first line of stdin, or in --password-file');
}

async function whoMay({ person }: Place): Promise<string> {
  const usual = 'root@pam';
  if (!person.isAtTerminal) return usual;
  const typed = (await person.ask(`Who may make users and roles? They log in this once [${usual}] `)).trim();
  return typed || usual;
}

/** The kinds that have no need of a browser. */
function typedKinds({ kinds }: SecondFactorChallenge): SecondFactorChallenge['kinds'] {
  return kinds.filter((kind) => kind === 'totp' || kind === 'recovery' || kind === 'yubico');
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
  challenge: SecondFactorChallenge,
  given: string | undefined,
  { person }: Place,
): Promise<SecondFactorAnswer> {
  const { user, kinds } = challenge;
  const typed = typedKinds(challenge);
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
