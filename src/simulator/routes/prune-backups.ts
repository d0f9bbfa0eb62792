import type { Call, Routes } from '../call.ts';
import type { Volume } from '../world/storage.ts';
import { storageOf } from './config-disks.ts';
import { maySeeVolume } from './volume-access.ts';

/** A backup, and what a retention would do with it. */
export interface Marked {
  volid: string;
  ctime: number;
  vmid: number | undefined;
  type: string | undefined;
  mark: 'keep' | 'remove' | 'protected';
}

const day = (seconds: number) => Math.floor(seconds / 86_400);

/** The name of the period a moment lies in: one backup is kept for each of the newest so many. */
const periods: Record<string, (seconds: number) => string> = {
  'keep-hourly': (seconds) => String(Math.floor(seconds / 3600)),
  'keep-daily': (seconds) => String(day(seconds)),
  // Day 4 was a Monday.
  'keep-weekly': (seconds) => String(Math.floor((day(seconds) + 3) / 7)),
  'keep-monthly': (seconds) => new Date(seconds * 1000).toISOString().slice(0, 7),
  'keep-yearly': (seconds) => new Date(seconds * 1000).toISOString().slice(0, 4),
};

/** Which of one guest's backups, newest first, a retention keeps; each rule counts on where the one before ended. */
function kept(backups: readonly Volume[], rule: string): Set<string> {
  const keep = (name: string) => Number(new RegExp(`(?:^|,)${name}=(\\d+)`).exec(rule)?.[1] ?? 0);
  const all = /(?:^|,)keep-all=1/.test(rule) || !/keep-(?!all)\w+=[1-9]/.test(rule);
  if (all) return new Set(backups.map(({ volid }) => volid));
  const chosen = new Set(backups.slice(0, keep('keep-last')).map(({ volid }) => volid));
  for (const [name, periodOf] of Object.entries(periods)) {
    const taken = new Set(
      backups.filter(({ volid }) => chosen.has(volid)).map(({ ctime }) => periodOf(ctime)),
    );
    let left = keep(name);
    for (const { volid, ctime } of backups) {
      if (left === 0 || chosen.has(volid) || taken.has(periodOf(ctime))) continue;
      taken.add(periodOf(ctime));
      chosen.add(volid);
      left--;
    }
  }
  return chosen;
}

/** The backups that a call is about, and what its retention (or the storage's own) would do with each. */
export function markBackups(call: Call): Marked[] {
  const { world, params } = call;
  const storage = storageOf(world, params.storage);
  const rule = String(params['prune-backups'] ?? storage.config['prune-backups'] ?? 'keep-all=1');
  const backups = storage
    .volumes(params.node)
    .filter(({ content, volid }) => content === 'backup' && maySeeVolume(call, volid))
    .filter(({ vmid }) => params.vmid === undefined || vmid === params.vmid)
    .filter(({ subtype }) => params.type === undefined || subtype === params.type)
    .sort((a, b) => b.ctime - a.ctime);
  const groups = new Map<string, Volume[]>();
  for (const backup of backups.filter((one) => !one.protected)) {
    const key = `${backup.subtype}/${backup.vmid}`;
    groups.set(key, [...(groups.get(key) ?? []), backup]);
  }
  const keeping = new Set([...groups.values()].flatMap((group) => [...kept(group, rule)]));
  return backups.map(({ volid, ctime, vmid, subtype: type, protected: safe }) => ({
    ...{ volid, ctime, vmid, type, mark: safe ? 'protected' : keeping.has(volid) ? 'keep' : 'remove' },
  }));
}

export const pruneBackupRoutes: Routes = {
  'GET /nodes/{node}/storage/{storage}/prunebackups': markBackups,
};
