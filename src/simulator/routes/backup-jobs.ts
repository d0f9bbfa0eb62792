import { ApiError, type Call, parameterErrors, type Routes } from '../call.ts';
import { drivesOf } from '../world/drives.ts';
import type { Guest } from '../world/guest.ts';
import { uuidOf } from '../world/random.ts';
import type { World } from '../world/world.ts';
import { demand, no } from './find.ts';
import { asText } from './section-config.ts';

type Job = Record<string, string | number>;

const words = (text: unknown) =>
  String(text ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);

/** The guests that some job covers; a job that is switched off counts too (recorded on PVE 9.2). */
function covered(world: World): Set<number> {
  return new Set([...world.backupJobs.values()].flatMap((job) => guestsOf(world, job)));
}

function guestsOf(world: World, job: Job): number[] {
  const excluded = new Set(words(job.exclude).map(Number));
  const pool = job.pool === undefined ? [] : [...(world.pools.get(String(job.pool))?.vmids ?? [])];
  const all = job.all ? [...world.guests.keys()] : [...words(job.vmid).map(Number), ...pool];
  return all.filter((vmid) => !excluded.has(vmid));
}

/** Refuses what backs up nothing, or two things at once. */
export function checkSelection(params: Call['params']): void {
  for (const name of ['all', 'exclude', 'pool'] as const) {
    if (params[name] && params.vmid !== undefined)
      throw parameterErrors({ [name]: "option conflicts with option 'vmid'" });
  }
  const chosen = params.all || params.exclude || params.stop || params.pool || params.vmid;
  if (!chosen) throw parameterErrors({ vmid: 'property is missing' });
}

/** Runs a change of the locked file of jobs. */
function locked<Result>(change: () => Result): Result {
  try {
    return change();
  } catch (error) {
    throw error instanceof ApiError && error.errors ? asText(error) : error;
  }
}

const DAY = 86_400;

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * When a job runs next. Exact for `daily`, `hourly`, and times of day, also on some days of the week (`sat 03:00`); midnight for
 * what else a schedule can say.
 */
function nextRun(schedule: string, now: number): number {
  if (schedule === 'hourly') return (Math.floor(now / 3600) + 1) * 3600;
  const [, days, time] = /^([a-z]{3}(?:,[a-z]{3})*) (\d{1,2}:\d{2})$/i.exec(schedule) ?? [];
  if (days !== undefined && time !== undefined) {
    const wanted = days.toLowerCase().split(',');
    let run = nextRun(time, now);
    for (let left = 7; left > 0 && !wanted.includes(DAYS[new Date(run * 1000).getUTCDay()] ?? ''); left--)
      run += DAY;
    return run;
  }
  const [, hours, minutes] = /(?:^|\s)(\d{1,2}):(\d{2})$/.exec(schedule) ?? [];
  const ofDay = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60;
  const today = Math.floor(now / DAY) * DAY + ofDay;
  return today > now ? today : today + DAY;
}

function find({ world, params }: Call): Job {
  const found = world.backupJobs.get(params.id);
  if (!found) throw parameterErrors({ id: `No such job '${params.id}'` });
  return found;
}

function checkRights(call: Call): void {
  const { principal, params, world } = call;
  for (const name of ['tmpdir', 'dumpdir', 'script', 'job-id'] as const) {
    if (params[name] !== undefined && !principal.isRoot)
      throw parameterErrors({ [name]: 'Only root may set this option.' });
  }
  if (['bwlimit', 'ionice', 'performance'].some((name) => params[name] !== undefined))
    demand(principal, '/', 'Sys.Modify');
  if (params.pool === undefined) return;
  if (!world.pools.get(params.pool)) throw no(`pool '${params.pool}' does not exist`);
  demand(principal, `/pool/${params.pool}`, 'VM.Backup');
}

/** A time of day, in the older way of saying it, becomes a schedule. */
function scheduleOf(params: Call['params'], required: boolean): string | undefined {
  const { schedule, starttime, dow } = params;
  if (schedule !== undefined && starttime !== undefined)
    throw parameterErrors({ starttime: "'starttime' and 'schedule' cannot both be set" });
  if (schedule === undefined && starttime === undefined && required)
    throw parameterErrors({ schedule: "neither 'starttime' nor 'schedule' were set" });
  if (starttime === undefined) return schedule;
  return dow === undefined ? starttime : `${dow} ${starttime}`;
}

function create(call: Call): null {
  const { world, params } = call;
  checkRights(call);
  const schedule = scheduleOf(params, true) as string;
  const id = params.id ?? uuidOf(`job ${world.backupJobs.size} ${world.now()}`);
  return locked(() => {
    if (world.backupJobs.has(id)) throw no(`Job '${id}' already exists`);
    checkSelection(params);
    const { id: _id, starttime: _time, dow: _dow, ...rest } = params;
    world.backupJobs.set(id, { id, type: 'vzdump', enabled: 1, ...rest, schedule });
    return null;
  });
}

function update(call: Call): null {
  const { world, params, method } = call;
  checkRights(call);
  const schedule = scheduleOf(params, false);
  const { id, delete: gone, starttime: _time, dow: _dow, ...given } = params;
  if (Object.keys(given).length + words(gone).length === 0) throw no('no options specified');
  return locked(() => {
    const job = world.backupJobs.get(id);
    if (!job) throw no('no such vzdump job');
    const next: Job = { ...job };
    for (const name of words(gone)) {
      if (!method.parameters[name]) throw parameterErrors({ delete: `unknown option '${name}'` });
      delete next[name];
    }
    Object.assign(next, given, schedule === undefined ? {} : { schedule });
    const others = given.vmid !== undefined ? ['all', 'exclude', 'pool'] : given.all ? ['vmid', 'pool'] : [];
    for (const name of others) delete next[name];
    checkSelection(next);
    world.backupJobs.set(id, next);
    return null;
  });
}

function remove(call: Call): null {
  return locked(() => {
    find(call);
    call.world.backupJobs.delete(call.params.id);
    return null;
  });
}

function volumesOf(guest: Guest) {
  const disks = drivesOf(guest.kind, guest.config).filter(({ cdrom }) => !cdrom);
  return disks.map(({ key, volume, options }) => {
    const said = options.backup;
    const qemu = { included: Number(said ?? 1), reason: `backup=${said === undefined ? 'yes' : 'no'}` };
    const mount = { included: said === '1' ? 1 : 0, reason: said === '1' ? 'enabled' : 'disabled' };
    const root = { included: 1, reason: 'rootfs' };
    const verdict = guest.kind === 'qemu' ? qemu : key === 'rootfs' ? root : mount;
    return { id: `${guest.vmid}:${key}`, name: volume, ...verdict, leaf: 1 };
  });
}

/** `GET …/included_volumes`: the guests of a job and which of their disks go with it. */
function included(call: Call) {
  const { world, principal } = call;
  const children = guestsOf(world, find(call))
    .filter((vmid) => principal.may(`/vms/${vmid}`, 'VM.Audit'))
    .map((vmid) => {
      const guest = world.guests.get(vmid);
      if (!guest) return { id: vmid, type: 'unknown', leaf: 1 };
      const volumes = volumesOf(guest);
      const tree = volumes.length === 0 ? { children: null, leaf: 1 } : { children: volumes, leaf: 0 };
      return { id: vmid, type: guest.kind, name: guest.name, ...tree };
    });
  return { children };
}

function notBackedUp({ world, principal }: Call) {
  const included = covered(world);
  return world
    .guestsInOrder()
    .filter(({ vmid }) => !included.has(vmid) && principal.may(`/vms/${vmid}`, 'VM.Audit'))
    .map(({ vmid, kind, name }) => ({ vmid, type: kind, name }));
}

/** Backup jobs are kept and told about; none ever starts by itself. */
export const backupJobRoutes: Routes = {
  'GET /cluster/backup': ({ world }) =>
    [...world.backupJobs.values()].map((job) => ({
      ...{ ...job, 'next-run': nextRun(String(job.schedule), world.seconds()) },
    })),
  'POST /cluster/backup': create,
  'GET /cluster/backup/{id}': find,
  'PUT /cluster/backup/{id}': update,
  'DELETE /cluster/backup/{id}': remove,
  'GET /cluster/backup/{id}/included_volumes': included,
  'GET /cluster/backup-info': () => [{ subdir: 'not-backed-up' }],
  'GET /cluster/backup-info/not-backed-up': notBackedUp,
};
