import { stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { settings } from '../../config/settings.ts';
import { bad, type Finding } from './finding.ts';

/** Whether others can read what is secret: the settings file, and the files that it names. Windows has no such modes. */
export async function* secrecy(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): AsyncGenerator<Finding> {
  if (platform() === 'win32') return;
  if (file !== undefined && (await isOpen(file, 0o077)))
    yield bad(
      'settings',
      `Others on this machine can read ${file}, and the secret in it.`,
      `chmod 600 ${file}`,
    );
  for (const entry of Object.values(settings)) {
    const path = 'secret' in entry ? env[`${entry.env}_FILE`] : undefined;
    // What a container runtime puts there is seen by nobody else.
    if (!path || path.startsWith('/run/secrets/')) continue;
    // A group may be meant: that of the service.
    if (await isOpen(path, 0o007))
      yield bad(
        'settings',
        `Everybody on this machine can read ${path}, and the secret in it.`,
        `chmod o= ${path}`,
      );
  }
}

async function isOpen(path: string, bits: number): Promise<boolean> {
  const found = await stat(path);
  return found.isFile() && (found.mode & bits) !== 0;
}
