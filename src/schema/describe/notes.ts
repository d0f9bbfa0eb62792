import type { Parameter } from '../method.ts';

const NEW_DISK = 'STORAGE:GiB makes a new disk';

/**
 * What the bare facts leave out and a caller must know, most of all units. They stand in for prose that says the same at
 * more length; facts of PVE 9.2.
 */
const NOTES: Readonly<Record<string, string>> = {
  archive: 'backup to restore, as local:backup/vzdump-….vma.zst',
  args: 'root@pam only',
  balloon: 'MiB; 0: no ballooning',
  bwlimit: 'KiB/s',
  cipassword: 'better use sshkeys',
  command: 'the program, then each of its arguments',
  cpulimit: 'cores',
  delete: 'options to unset',
  digest: 'refused if the config has changed since it had this digest',
  hookscript: 'root@pam only',
  ide: NEW_DISK,
  memory: 'MiB',
  migrate_downtime: 'seconds',
  mp: NEW_DISK,
  ostemplate: 'as local:vztmpl/debian-….tar.zst, or a backup',
  rootfs: NEW_DISK,
  sata: NEW_DISK,
  scsi: NEW_DISK,
  since: 'seconds since 1970',
  skiplock: 'root@pam only',
  snapname: 'name of the snapshot',
  sshkeys: 'public keys, encoded once more than the call itself: %20, not +',
  swap: 'MiB',
  until: 'seconds since 1970',
  virtio: NEW_DISK,
};

/** The note on a parameter; undefined where its prose, if there is any, should speak. */
export function noteOn(name: string, schema: Parameter): string | undefined {
  const base = name.replace('[n]', '');
  if (!Object.hasOwn(NOTES, base)) return undefined;
  // Elsewhere a word such as `memory` or `full` may name another thing.
  return FITS[base]?.(schema) === false ? undefined : NOTES[base];
}

const FITS: Readonly<Record<string, (schema: Parameter) => boolean>> = {
  command: ({ type }) => type === 'array',
  delete: ({ type }) => type !== 'boolean',
  memory: ({ type, format }) => type === 'integer' || format !== undefined,
  since: ({ type }) => type === 'integer',
  until: ({ type }) => type === 'integer',
};
