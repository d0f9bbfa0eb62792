import { table } from '../../render/table.ts';
import { bytes, duration, time } from '../../render/units.ts';
import { fence, line } from '../../render/untrusted.ts';
import { andMore, type Detail, within } from '../detail.ts';
import type { Coverage, Job, State } from './coverage.ts';

interface Facts {
  counts: Readonly<Record<string, number>>;
  jobs: readonly Job[] | undefined;
  shown: readonly Coverage[];
  /** How many guests there are besides. */
  more: number;
  templates: number;
  gone: readonly { vmid: number; count: number; size: number }[];
  unseen: readonly string[];
  /** Seconds since 1970. */
  now: number;
  wanted: Detail;
}

const WORDS: Readonly<Record<State, string>> = {
  failing: 'FAILING',
  never: 'NEVER backed up though in a job',
  stale: 'STALE (older than their job says)',
  uncovered: 'in NO JOB',
  ok: 'ok',
  unknown: 'UNKNOWN (see what was not seen)',
};

/** The report as people read it, the worst first. */
export function reportText<Data>(facts: Facts, data: Data): { text: string; data: Data } {
  const { jobs, shown, more, unseen, gone, wanted, now } = facts;
  const failing = shown.filter(({ failure }) => failure !== undefined);
  const leftOut = shown.filter(({ leftOut: disks }) => disks.length > 0);
  const todo = shown.filter(({ state }) => state !== 'ok' && state !== 'unknown').slice(0, 8);
  const parts = [
    headline(facts),
    ...unseen.map((text) => line(`Not seen: ${text}`)),
    guestTable(shown, now),
    more > 0 && andMore(more, wanted),
    ...failing
      .slice(0, 10)
      .map(({ guest, failure }) =>
        line(`${guest.vmid} failed ${time(failure?.time ?? 0)}. Its log: get_task upid=${failure?.upid}`),
      ),
    failing.length > 0 &&
      fence(
        'errors',
        failing
          .slice(0, 10)
          .map(({ guest, failure }) => line(`${guest.vmid}: ${failure?.error}`))
          .join('\n'),
      ),
    ...leftOut
      .slice(0, 10)
      .map(({ guest, leftOut: disks }) =>
        line(
          `${guest.vmid}: not in its backups: ${disks.join(', ')} (backup=0, or a mount point without backup=1)`,
        ),
      ),
    jobs !== undefined && jobTable(jobs),
    gone.length > 0 &&
      `Backups of guests that are gone: ${gone
        .slice(0, 8)
        .map(({ vmid, count, size }) => `${vmid} (${count}, ${bytes(size)})`)
        .join(', ')}${gone.length > 8 ? ` and ${gone.length - 8} more` : ''}`,
    todo.length > 0 && `Back up now: backup_guest guests=${todo.map(({ guest }) => guest.vmid).join(',')}`,
  ];
  return within(wanted, parts, data);
}

function headline({ counts, templates, shown, more }: Facts): string {
  const parts = (Object.keys(WORDS) as State[])
    .filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => `${counts[state]} ${WORDS[state]}`);
  const total = shown.length + more;
  const besides =
    templates > 0 ? ` (and ${templates} template${templates === 1 ? '' : 's'}, not counted)` : '';
  return `${total} guest${total === 1 ? '' : 's'}${besides}: ${parts.join(', ') || 'none'}`;
}

function guestTable(shown: readonly Coverage[], now: number): string | false {
  if (shown.length === 0) return false;
  return table<Coverage>(
    [
      { head: 'VMID', cell: ({ guest }) => guest.vmid },
      { head: 'NAME', cell: ({ guest }) => guest.name },
      { head: 'STATE', cell: ({ state }) => state },
      { head: 'JOB', cell: ({ jobs }) => jobs.join(',') },
      { head: 'NEWEST', cell: ({ backups: [newest] }) => newest && time(newest.ctime) },
      { head: 'AGE', cell: ({ backups: [newest] }) => newest && duration(now - newest.ctime) },
      { head: 'COUNT', cell: ({ backups }) => backups.length },
      { head: 'SIZE', cell: ({ backups: [newest] }) => newest?.size && bytes(newest.size) },
      { head: 'ON', cell: ({ backups }) => [...new Set(backups.map(({ storage }) => storage))].join(',') },
      { head: 'MARKS', cell: marks },
    ],
    shown,
  );
}

/** What is special about its backups. */
function marks({ backups }: Coverage): string {
  const count = (word: string, number: number) => (number > 0 ? [`${number} ${word}`] : []);
  return [
    ...count('protected', backups.filter((each) => each.protected).length),
    ...count('encrypted', backups.filter(({ encrypted }) => encrypted).length),
    ...count('verified', backups.filter(({ verified }) => verified === 'ok').length),
    ...count('VERIFY FAILED', backups.filter(({ verified }) => verified === 'failed').length),
  ].join(', ');
}

function jobTable(jobs: readonly Job[]): string {
  if (jobs.length === 0) return 'There is no backup job at all.';
  return table<Job>(
    [
      { head: 'JOB', cell: ({ id }) => id },
      { head: 'SCHEDULE', cell: ({ schedule }) => schedule },
      { head: 'NEXT', cell: ({ enabled, nextRun }) => (enabled ? nextRun && time(nextRun) : 'SWITCHED OFF') },
      { head: 'STORAGE', cell: ({ storage }) => storage },
      { head: 'GUESTS', cell: ({ guests }) => guests?.length },
    ],
    jobs,
  );
}
