import { resolve } from 'node:path';
import type { Client } from '../../client.ts';
import { type Clock, realClock } from '../../clock.ts';
import { Failure } from '../../failure.ts';
import { stopped } from '../person.ts';
import { shellWord } from '../shell-word.ts';
import { administrator, type Servers } from './administrator.ts';
import { type Agreed, carryOut } from './carry-out.ts';
import { clientBlocks, clientText } from './client-blocks.ts';
import { type Level, levels } from './levels.ts';
import { word } from './make.ts';
import { type InitOptions, parseInit, readLevel, readUrls, USAGE } from './options.ts';
import { agrees, askedFor, mustBeSaid, orStopped, type Place } from './place.ts';
import { pveumLines } from './pveum.ts';
import { remove } from './remove.ts';
import { isThere, settingsText, tryFile, usualFile } from './settings-file.ts';
import { type Survey, survey } from './survey.ts';
import { trustedPins } from './trust.ts';
import { tokenIdOf, type Wanted } from './wanted.ts';
import { wayIn } from './way.ts';

const PATIENCE = 'Nothing is changed before you have seen what, and said yes.\n';

/**
 * `proxmox-mcp init`: makes a role, a user and a token in Proxmox, proves that they work, and writes the settings. The
 * administrator's login and the token's secret are shown to nobody; the secret stands in the settings file alone.
 *
 * @throws Failure `config` for wrong arguments and what is not given; others where it could not be done
 */
export async function init(args: string[], place: Place, clock: Clock = realClock): Promise<void> {
  const options = parseInit(args);
  if (options.task === 'help') return place.write(USAGE);
  if (options.task === 'remove') return remove(options, place);
  if (options.task === 'dry-run') return dryRun(options, place);

  const { admin, ...ready } = await orStopped(prepare(options, place, clock), place);
  try {
    const version = await carryOut(admin, ready, options, place);
    report(version, ready, options, place);
  } finally {
    await admin.close();
  }
}

/** All that must be known and agreed before anything is made. */
async function prepare(
  options: InitOptions,
  place: Place,
  clock: Clock,
): Promise<Agreed & { admin: Client }> {
  const { person } = place;
  const out = fileOf(options, place);
  if (person.isAtTerminal) person.write(`This makes a login for proxmox-mcp in Proxmox. ${PATIENCE}\n`);
  const urls = options.urls ?? (await urlsAsked(place));
  const way = wayIn(place.env);
  const fingerprints = await trustedPins(urls, options.fingerprints, way, place);
  const servers: Servers = { urls, way, fingerprints };
  const wanted = await wantedBy(options, place);
  await mayWrite(out, options, place);

  const admin = await administrator(servers, options, place);
  try {
    const found = await survey(admin, wanted, clock.now());
    await confirm(found, options, place);
    return { admin, servers, out, found };
  } catch (error) {
    await admin.close();
    throw error;
  }
}

function fileOf({ out }: InitOptions, { env }: Place): string {
  const file = out ?? usualFile(env);
  if (file !== undefined) return resolve(file);
  throw new Failure(
    'config',
    'Nobody knows where the settings go: there is no home directory.',
    'Give --out.',
  );
}

async function urlsAsked({ person }: Place): Promise<string[]> {
  if (!person.isAtTerminal) throw mustBeSaid('The Proxmox server', '--url');
  return askedFor(person, 'Name or address of the Proxmox server: ', (typed) => {
    if (typed === '') throw stopped();
    return readUrls(typed);
  });
}

async function wantedBy(
  { level, user = 'mcp@pve', tokenName = 'mcp' }: InitOptions,
  place: Place,
): Promise<Wanted> {
  return { level: level ?? (await levelAsked(place)), user, tokenName };
}

async function levelAsked({ person }: Place): Promise<Level> {
  if (!person.isAtTerminal) throw mustBeSaid('The level', '--level read, operate or full');
  person.write('\nWhat may the assistant do?\n');
  for (const [level, words] of Object.entries(levels)) person.write(`  ${level.padEnd(8)} ${words}\n`);
  return askedFor(person, 'Level [read] ', (typed) => readLevel(typed.toLowerCase() || 'read'));
}

async function mayWrite(out: string, { force }: InitOptions, { person }: Place): Promise<void> {
  if (!force && (await isThere(out))) {
    const what = `There is a file ${out} already.`;
    if (!person.isAtTerminal)
      throw new Failure(
        'exists',
        `${what} Nothing was changed.`,
        'Give --force to write over it, or another --out.',
      );
    if (!(await agrees(person, `${what} Write over it at the end?`))) throw stopped();
  }
  await tryFile(out);
}

async function confirm(found: Survey, options: InitOptions, { person }: Place): Promise<void> {
  const { steps, kept, replacesToken, wanted } = found;
  person.write('\nThis will be done in Proxmox:\n');
  for (const step of steps)
    person.write(`  ${{ removed: 'remove ', made: 'make   ', set: 'set    ' }[word(step)]}${step.what}\n`);
  for (const what of kept) person.write(`  use    ${what}, which exists\n`);
  if (replacesToken && !options.regenerate) {
    const what = `There is a token ${tokenIdOf(wanted)} of an earlier init. Proxmox showed its secret only then.`;
    if (!person.isAtTerminal)
      throw new Failure(
        'exists',
        `${what} Nothing was changed.`,
        'Give --regenerate to replace it (whoever uses it must get the new secret), or another --token-name.',
      );
    person.write(`${what} Whoever uses it must get the new secret.\n`);
  }
  if (options.yes) return;
  if (!person.isAtTerminal) throw mustBeSaid('A yes to that', '--yes');
  if (!(await agrees(person, 'Do it?'))) throw stopped();
}

function report(version: string, { servers, out, found }: Agreed, { json }: InitOptions, place: Place): void {
  const { wanted } = found;
  if (!json) {
    const readsOnly = wanted.level === 'read' ? ' It also says MCP_READ_ONLY=true.' : '';
    const look = [...place.own, 'doctor', '--env-file', out].map(shellWord).join(' ');
    place.write(
      `\nThe settings are in ${out}, for you alone to read.${readsOnly}\nNow put the server into your client.\n\n${clientText(out, place.own)}\n` +
        `Whether all is well:\n${look}\n`,
    );
    return;
  }
  const result = {
    url: servers.urls.join(','),
    version,
    fingerprint: servers.fingerprints ?? null,
    level: wanted.level,
    user: wanted.user,
    tokenId: tokenIdOf(wanted),
    settingsFile: out,
    done: found.steps.map((step) => `${word(step)}: ${step.what}`),
    used: found.kept,
    clients: clientBlocks(out, place.own),
  };
  place.write(`${JSON.stringify(result)}\n`);
}

/** Needs neither a server nor a login: what is not said stands for the usual. */
function dryRun(options: InitOptions, place: Place): void {
  const { level = 'read', user = 'mcp@pve', tokenName = 'mcp', urls, fingerprints } = options;
  const wanted = { level, user, tokenName };
  const lines = pveumLines(wanted);
  if (options.json) {
    place.write(`${JSON.stringify({ level, user, tokenId: tokenIdOf(wanted), commands: lines })}\n`);
    return;
  }
  const settings = settingsText({
    url: urls?.join(',') ?? 'https://<the server>:8006',
    tokenId: tokenIdOf(wanted),
    secret: '<the secret that `pveum user token add` has shown>',
    fingerprint:
      fingerprints?.join(',') ??
      '<SHA-256 of the certificate; leave the line out where it is trusted anyway>',
    level,
  });
  place.write(
    `# In a root shell of a node, for Proxmox VE 9.2 (an older release refuses privileges that it does not know: leave those out).\n` +
      `${lines.join('\n')}\n\n# Then, in ${fileOf(options, place)}, readable for you alone (chmod 600):\n${settings}`,
  );
}
