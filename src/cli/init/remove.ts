import { unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Api } from '../../api/api.ts';
import { path } from '../../api/path.ts';
import type { Client } from '../../client.ts';
import { Failure } from '../../failure.ts';
import { rows } from '../../pve/read.ts';
import { stopped } from '../person.ts';
import { administrator } from './administrator.ts';
import { ourRoles } from './levels.ts';
import { make } from './make.ts';
import { type InitOptions, readFingerprint, readUrls } from './options.ts';
import { agrees, mustBeSaid, orStopped, type Place } from './place.ts';
import { readSettings, usualFile } from './settings-file.ts';
import { removeToken } from './survey.ts';
import { trustedPins } from './trust.ts';
import { OUR_COMMENT, type Step, tokenIdOf } from './wanted.ts';
import { wayIn } from './way.ts';

type Owner = { user: string; tokenName: string };

/**
 * `proxmox-mcp init --remove`: undoes what init made and nothing else. What it made is known by its comment (token, user)
 * and its names (roles); what others use meanwhile stays.
 *
 * @throws Failure, also where there is nothing to undo
 */
export async function remove(options: InitOptions, place: Place): Promise<void> {
  const { person, stopSignal } = place;
  const { admin, steps, kept, file } = await orStopped(prepare(options, place), place);
  try {
    await make(admin, steps, {
      stopSignal,
      next: 'Run it again: what is left is removed.',
      done: ({ what }) => person.write(`${place.colours.good('✓')} removed: ${what}\n`),
    });
    if (file !== undefined) {
      await unlink(file);
      person.write(`${place.colours.good('✓')} removed: ${file}\n`);
    }
    const removed = [
      ...steps.map(({ what }) => what),
      ...(file === undefined ? [] : [`settings file ${file}`]),
    ];
    place.write(
      options.json
        ? `${JSON.stringify({ removed, kept })}\n`
        : '\nDone. Take the server out of your clients, too.\n',
    );
  } finally {
    await admin.close();
  }
}

/** What is to go, which a person has seen and agreed to. */
interface Undoing {
  admin: Client;
  steps: Step[];
  /** In words, what stays. */
  kept: string[];
  /** The settings file, where it goes too. */
  file: string | undefined;
}

async function prepare(options: InitOptions, place: Place): Promise<Undoing> {
  const { person } = place;
  const file = fileOf(options, place);
  const settings = file === undefined ? undefined : await readSettings(file);
  const urls = options.urls ?? readAs(settings?.values.PROXMOX_URL, readUrls);
  if (urls === undefined)
    throw new Failure(
      'config',
      `There are no settings${file === undefined ? '' : ` in ${file}`} that say where to undo it.`,
      'Give --out with the file that init wrote, or --url, --user and --token-name.',
    );
  const [user = 'mcp@pve', tokenName = 'mcp'] = settings?.values.PROXMOX_TOKEN_ID?.split('!') ?? [];
  const owner = { user: options.user ?? user, tokenName: options.tokenName ?? tokenName };
  const pinned = settings?.values.PROXMOX_FINGERPRINT;
  const given = options.fingerprints ?? readAs(pinned, (list) => list.split(',').map(readFingerprint));
  const way = wayIn(place.env);
  const fingerprints = await trustedPins(urls, given, way, place);
  const admin = await administrator({ urls, fingerprints, way }, options, place);
  try {
    const { steps, kept } = await whatToUndo(admin, owner);
    const fileGoes = settings?.isOurs === true && settings.values.PROXMOX_TOKEN_ID === tokenIdOf(owner);
    if (steps.length === 0 && !fileGoes)
      throw new Failure(
        'not_found',
        `Nothing of init is there for ${tokenIdOf(owner)}.`,
        'Say which it was: --user and --token-name.',
      );
    person.write('\nThis will be removed:\n');
    for (const { what } of steps) person.write(`  ${what}\n`);
    if (fileGoes) person.write(`  the settings file ${file}\n`);
    for (const what of kept) person.write(`This stays: ${what}\n`);
    if (!options.yes) {
      if (!person.isAtTerminal) throw mustBeSaid('A yes to that', '--yes');
      if (!(await agrees(person, 'Remove it?'))) throw stopped();
    }
    return { admin, steps, kept, file: fileGoes ? file : undefined };
  } catch (error) {
    await admin.close();
    throw error;
  }
}

function fileOf({ out }: InitOptions, { env }: Place): string | undefined {
  const file = out ?? usualFile(env);
  return file === undefined ? undefined : resolve(file);
}

/** What a settings file says; a person may have edited it. */
function readAs<Value>(text: string | undefined, read: (text: string) => Value): Value | undefined {
  if (!text) return undefined;
  try {
    return read(text);
  } catch (error) {
    throw new Failure(
      'config',
      `The settings file: ${(error as Error).message}`,
      'Correct it, or give --url and --fingerprint.',
    );
  }
}

/** Looks at what is there, and who else uses it. */
async function whatToUndo(api: Api, owner: Owner): Promise<{ steps: Step[]; kept: string[] }> {
  const [users, acl, roles] = await Promise.all([
    api.get(path`/access/users`),
    api.get(path`/access/acl`),
    api.get(path`/access/roles`),
  ]);
  const steps: Step[] = [];
  const kept: string[] = [];
  const user = rows(users).find(({ userid }) => userid === owner.user);
  const tokens = user === undefined ? [] : rows(await api.get(path`/access/users/${owner.user}/token`));
  const token = tokens.find(({ tokenid }) => tokenid === owner.tokenName);
  if (token?.comment === OUR_COMMENT) steps.push(removeToken(owner));
  else if (token !== undefined) kept.push(`token ${tokenIdOf(owner)}, which init did not make`);

  const others = tokens.filter(
    ({ tokenid, comment }) => tokenid !== owner.tokenName || comment !== OUR_COMMENT,
  );
  const leaving = new Set(token?.comment === OUR_COMMENT ? [tokenIdOf(owner)] : []);
  if (user !== undefined && others.length > 0) {
    kept.push(`user ${owner.user} with its role, for it has other tokens (${others.length})`);
  } else if (user !== undefined) {
    leaving.add(owner.user);
    if (user.comment === OUR_COMMENT) steps.push(removeUser(owner.user));
    else {
      kept.push(`user ${owner.user}, whom init did not make`);
      steps.push(...entriesOf(owner.user, acl));
    }
  }
  for (const name of ourRoles) {
    if (!rows(roles).some(({ roleid }) => roleid === name)) continue;
    const holders = rows(acl).filter(({ roleid, ugid }) => roleid === name && !leaving.has(String(ugid)));
    if (holders.length === 0) steps.push(removeRole(name));
    else if (user === undefined || others.length === 0) kept.push(`role ${name}, for others have it`);
  }
  return { steps, kept };
}

/** What the user was given with a role of ours. */
function entriesOf(user: string, acl: unknown): Step[] {
  return rows(acl)
    .filter(({ type, ugid, roleid }) => type === 'user' && ugid === user && ourRoles.includes(String(roleid)))
    .map(({ path: where, roleid }) => ({
      what: `permission of ${user}: ${roleid} on ${where}`,
      verb: 'PUT',
      path: path`/access/acl`,
      params: { path: String(where), roles: String(roleid), users: user, delete: 1 },
    }));
}

/** Its permissions go with it. */
function removeUser(user: string): Step {
  return { what: `user ${user}, with its permissions`, verb: 'DELETE', path: path`/access/users/${user}` };
}

function removeRole(name: string): Step {
  return { what: `role ${name}`, verb: 'DELETE', path: path`/access/roles/${name}` };
}
