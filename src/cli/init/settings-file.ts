import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseEnv } from 'node:util';
import { Failure } from '../../failure.ts';
import type { Level } from './levels.ts';

/** The first line of a file that init has written. */
const HEAD = '# Written by proxmox-mcp init';

export interface Settings {
  /** A comma list, where there are several hosts. */
  url: string;
  tokenId: string;
  secret: string;
  /** A comma list; undefined where the certificates are trusted anyway. */
  fingerprint: string | undefined;
  level: Level;
}

/** Where init writes, unless told: a folder of the user's own (XDG). Undefined where nobody knows a home. */
export function usualFile(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const folder = env.XDG_CONFIG_HOME || (env.HOME && `${env.HOME}/.config`);
  return folder ? `${folder}/proxmox-mcp/proxmox.env` : undefined;
}

/** The file's text. Only what was checked before stands in it, so nothing need be quoted. */
export function settingsText({ url, tokenId, secret, fingerprint, level }: Settings): string {
  return [
    `${HEAD}, level ${level}. Undo: proxmox-mcp init --remove --out <this file>`,
    `PROXMOX_URL=${url}`,
    `PROXMOX_TOKEN_ID=${tokenId}`,
    `PROXMOX_PASSWORD=${secret}`,
    ...(fingerprint === undefined ? [] : [`PROXMOX_FINGERPRINT=${fingerprint}`]),
    // Also where somebody gives the token more later.
    ...(level === 'read' ? ['MCP_READ_ONLY=true'] : []),
    '',
  ].join('\n');
}

/** Whether something is there. */
export async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/**
 * Makes sure that the file can be written, before there is a secret that would be lost.
 *
 * @throws Failure `config`
 */
export async function tryFile(file: string): Promise<void> {
  const probe = beside(file);
  try {
    if ((await lstat(file).catch(() => undefined))?.isDirectory())
      throw Object.assign(new Error(), { code: 'EISDIR' });
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(probe, '', { mode: 0o600, flag: 'wx' });
    await unlink(probe);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/** Writes the file for its owner alone, whole or not at all. */
export async function writeSettings(file: string, settings: Settings): Promise<void> {
  const made = beside(file);
  try {
    await writeFile(made, settingsText(settings), { mode: 0o600, flag: 'wx' });
    await rename(made, file);
  } catch (error) {
    await unlink(made).catch(() => {});
    throw cannotWrite(file, error);
  }
}

/** What a settings file says; undefined where there is none. `isOurs`: init has written it. */
export async function readSettings(
  file: string,
): Promise<{ isOurs: boolean; values: NodeJS.Dict<string> } | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    return { isOurs: text.startsWith(HEAD), values: parseEnv(text) };
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Failure(
      'config',
      `The settings file ${file} can't be read (${code}).`,
      'Run this as its owner.',
    );
  }
}

function beside(file: string): string {
  return `${file}.${randomBytes(4).toString('hex')}`;
}

function cannotWrite(file: string, error: unknown): Failure {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return new Failure(
    'config',
    `The settings can't be written to ${file} (${code}).`,
    'Give a path that can be written: --out ./proxmox.env.',
  );
}
