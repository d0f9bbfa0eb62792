import type { Client } from '../../client.ts';
import { Failure } from '../../failure.ts';
import { shellWord } from '../shell-word.ts';
import { clientOf, type Servers } from './administrator.ts';
import { make, word } from './make.ts';
import type { InitOptions } from './options.ts';
import { orStopped, type Place } from './place.ts';
import { prove } from './prove.ts';
import { writeSettings } from './settings-file.ts';
import type { Survey } from './survey.ts';
import { tokenIdOf } from './wanted.ts';

/** What a person has seen and said yes to. */
export interface Agreed {
  servers: Servers;
  /** The settings file. */
  out: string;
  found: Survey;
}

/**
 * Makes what is wanted, writes the settings, and proves that they work.
 *
 * @returns the server's version
 * @throws Failure that says what is there now, and how to undo it
 */
export async function carryOut(
  admin: Client,
  agreed: Agreed,
  { admin: who }: Pick<InitOptions, 'admin'>,
  place: Place,
): Promise<string> {
  const { person, colours, stopSignal } = place;
  const { servers, out, found } = agreed;
  const { steps, wanted } = found;
  const undo = `Undo it: ${undoing(agreed, who, place)}`;
  const told = () => person.write('\nIt ends when Proxmox has answered.\n');
  let isOver = false;
  void stopSignal.then(() => isOver || told());
  let secret = '';
  await make(admin, steps, {
    stopSignal,
    next: `Run it again (without a terminal with --force --regenerate), and it goes on from there. ${undo}`,
    done: (step) => person.write(`${colours.good('✓')} ${word(step)}: ${step.what}\n`),
    async keep(given) {
      secret = given;
      await writeSettings(out, {
        url: servers.urls.join(','),
        tokenId: tokenIdOf(wanted),
        secret,
        fingerprint: servers.fingerprints?.join(','),
        level: wanted.level,
      });
    },
  }).finally(() => {
    isOver = true;
  });
  const token = clientOf(servers, { tokenId: tokenIdOf(wanted), secret });
  try {
    const version = await orStopped(prove(admin, token, wanted), place);
    person.write(`${colours.good('✓')} proven: the token logs in, and holds what it should\n`);
    return version;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const made = `All was made, and the settings are in ${out}, but`;
    throw error.code === 'cancelled'
      ? new Failure('cancelled', `Stopped. ${made} nothing is proven.`, undo)
      : new Failure(
          error.code,
          `${made} the proof failed: ${error.message}`,
          `${error.hint} ${undo}`,
          error.details,
          error,
        );
  } finally {
    await token.close();
  }
}

/** The line that undoes it, also where the settings are not written yet. */
function undoing({ servers, out, found }: Agreed, admin: string | undefined, { own }: Place): string {
  const { urls, fingerprints } = servers;
  const { user, tokenName } = found.wanted;
  return [
    ...[...own, 'init', '--remove', '--out', out, '--url', urls.join(',')],
    ...['--user', user, '--token-name', tokenName],
    ...(fingerprints === undefined ? [] : ['--fingerprint', fingerprints.join(',')]),
    ...(admin === undefined ? [] : ['--admin', admin]),
  ]
    .map(shellWord)
    .join(' ');
}
