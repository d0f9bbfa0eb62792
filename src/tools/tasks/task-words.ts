import { taskMeaning } from '../../pve/task-types.ts';

/** What people call tasks, and Proxmox's types for it. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  backup: ['vzdump'],
  restore: ['qmrestore', 'vzrestore', 'vzcreate'],
  start: ['qmstart', 'vzstart', 'hastart'],
  stop: ['qmstop', 'vzstop', 'hastop'],
  shutdown: ['qmshutdown', 'vzshutdown', 'hashutdown'],
  reboot: ['qmreboot', 'vzreboot'],
  reset: ['qmreset'],
  suspend: ['qmsuspend', 'qmpause', 'vzsuspend'],
  resume: ['qmresume', 'vzresume'],
  create: ['qmcreate', 'vzcreate'],
  clone: ['qmclone', 'vzclone'],
  delete: ['qmdestroy', 'vzdestroy', 'imgdel'],
  destroy: ['qmdestroy', 'vzdestroy'],
  snapshot: ['qmsnapshot', 'vzsnapshot'],
  rollback: ['qmrollback', 'vzrollback'],
  delsnapshot: ['qmdelsnapshot', 'vzdelsnapshot'],
  migrate: ['qmigrate', 'vzmigrate', 'hamigrate', 'migrateall'],
  migration: ['qmigrate', 'vzmigrate', 'hamigrate', 'migrateall'],
  config: ['qmconfig'],
  move: ['qmmove', 'move_volume'],
  console: ['vncproxy', 'vncshell', 'spiceproxy', 'spiceshell'],
  update: ['aptupdate'],
  download: ['download'],
  upload: ['imgcopy'],
  prune: ['prunebackups'],
};

/** The words that `taskTypes` knows besides Proxmox's own types. */
export const TASK_WORDS: readonly string[] = Object.keys(TYPES);

/** The types that a word means; a word that is none of ours is taken for a type of Proxmox. */
export function taskTypes(word: string): { types: readonly string[]; known: boolean } {
  const asked = word.trim().toLowerCase();
  const plain = asked.replace(/s$/, '');
  for (const one of [asked, plain]) {
    if (Object.hasOwn(TYPES, one)) return { types: TYPES[one] ?? [], known: true };
  }
  return { types: [word.trim()], known: taskMeaning(word.trim()) !== undefined };
}
