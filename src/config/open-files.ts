import type { Sources } from './read-setting.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

/** Who may use a file: as `stat` says it. */
export interface FileRights {
  mode: number;
  uid: number;
}

/** A file with secrets that others can read, and what to do about it. */
export interface OpenFile {
  file: string;
  fix: string;
}

/**
 * Secrets that were put there by a container's runtime (`/run/secrets`) or by systemd (`/run/credentials`). The first are
 * 0444 unless somebody says otherwise, and nobody but the container is in there; the second show an ACL as the group's
 * rights. Neither can be changed from the inside.
 */
const GIVEN = /^(\/var)?\/run\/(secrets|credentials)\//;

/**
 * Which files with secrets others of this machine could read: those that `…_FILE` names, and the one of `--env-file`.
 *
 * @param uid of this process; undefined on systems that have none, where rights say nothing
 * @param rightsOf undefined where there is no such file
 */
export function openFiles(
  env: Sources['env'],
  envFile: string | undefined,
  uid: number | undefined,
  rightsOf: (file: string) => FileRights | undefined,
): OpenFile[] {
  if (uid === undefined) return [];
  const all: Setting[] = Object.values(settings);
  const names = all.filter(({ secret }) => secret).flatMap(({ env, aliases = [] }) => [env, ...aliases]);
  const files = new Set([envFile, ...names.map((name) => env[`${name}_FILE`])]);
  return [...files].flatMap((file) => {
    if (file === undefined || file === '' || GIVEN.test(file)) return [];
    const rights = rightsOf(file);
    if (rights === undefined) return [];
    if (rights.uid === uid) return (rights.mode & 0o077) === 0 ? [] : [{ file, fix: `chmod 600 ${file}` }];
    // Somebody else's, which we read as one of its group: that is how it was meant.
    if ((rights.mode & 0o007) === 0) return [];
    return [{ file, fix: `chown ${uid} ${file} && chmod 600 ${file}` }];
  });
}
