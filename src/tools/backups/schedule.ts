/*
 * When a job of Proxmox should have run last. Its schedules are calendar events like systemd's: `02:30`, `sat 03:00`,
 * `mon..fri 8..17:0/15`, `*-*-1 02:00`, `daily`.
 */

const WORDS: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*',
  hourly: '*-*-* *:0',
  daily: '*-*-* 0:0',
  weekly: 'mon *-*-* 0:0',
  monthly: '*-*-1 0:0',
  yearly: '*-1-1 0:0',
  annually: '*-1-1 0:0',
  quarterly: '*-1,4,7,10-1 0:0',
  semiannually: '*-1,7-1 0:0',
  'semi-annually': '*-1,7-1 0:0',
};
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY = 86_400;
const QUARTER = 900;
/** How far back a run is looked for, in days: a yearly one is found. */
const REACH = 400;

interface Event {
  weekdays?: ReadonlySet<number>;
  /** Year, month, day. */
  date: readonly [string, string, string];
  hour: string;
  minute: string;
}

/**
 * The last moment up to `until` at which this schedule was due; undefined where it can't be read.
 *
 * @param nextRun when it is due next, as Proxmox says: that tells the time zone, which the schedule does not
 */
export function lastRun(schedule: string, until: number, nextRun: number | undefined): number | undefined {
  const event = read(schedule);
  if (event === undefined) return undefined;
  const zone = nextRun === undefined ? 0 : zoneOf(event, nextRun);
  const local = until + zone;
  for (let day = Math.floor(local / DAY); day > Math.floor(local / DAY) - REACH; day--) {
    if (!isDay(event, day)) continue;
    const from = Math.min(1439, Math.floor((local - day * DAY) / 60));
    for (let minute = from; minute >= 0; minute--)
      if (isTime(event, minute)) return day * DAY + minute * 60 - zone;
  }
  return undefined;
}

/** How far the cluster's clock is before UTC, in seconds: the smallest distance that fits what is due next. */
function zoneOf(event: Event, nextRun: number): number {
  for (let steps = 0; steps <= 56; steps++)
    for (const zone of [steps * QUARTER, -steps * QUARTER]) {
      const local = nextRun + zone;
      const day = Math.floor(local / DAY);
      if (isDay(event, day) && isTime(event, Math.floor((local - day * DAY) / 60))) return zone;
    }
  return 0;
}

function read(schedule: string): Event | undefined {
  const plain = schedule.trim().toLowerCase();
  const words = (WORDS[plain] ?? plain).split(/\s+/).filter((word) => word !== 'utc');
  const event: Event = { date: ['*', '*', '*'], hour: '0', minute: '0' };
  const weekdays = /^[a-z]/.test(words[0] ?? '') ? readDays(words.shift() ?? '') : undefined;
  if (weekdays !== undefined) event.weekdays = weekdays;
  if (words[0]?.includes('-')) {
    const parts = (words.shift() ?? '').split('-');
    const [year, month, day] = parts.length === 2 ? ['*', ...parts] : parts;
    event.date = [year ?? '*', month ?? '*', day ?? '*'];
  }
  if (words[0] !== undefined) {
    const [hour = '0', minute] = words[0].split(':');
    // A lone number means minutes.
    if (minute === undefined) Object.assign(event, { hour: '*', minute: hour });
    else Object.assign(event, { hour, minute });
  }
  const all = [...event.date, event.hour, event.minute];
  return all.every((part) => part.split(',').every((one) => PART.test(one))) ? event : undefined;
}

function readDays(word: string): Set<number> {
  const index = (name: string) => DAYS.indexOf(name.slice(0, 3));
  const days = new Set<number>();
  for (const part of word.split(',').filter(Boolean)) {
    const [from = '', to = from] = part.split('..');
    for (let day = index(from), left = 7; left > 0; day = (day + 1) % 7, left--) {
      days.add(day);
      if (day === index(to)) break;
    }
  }
  return days;
}

const PART = /^(?:\*|(\d+)(?:\.\.(\d+))?)(?:\/(\d+))?$/;

function fits(parts: string, value: number): boolean {
  return parts.split(',').some((part) => {
    const [, from, to, step] = PART.exec(part) ?? [];
    const least = Number(from ?? 0);
    if (from === undefined) return step === undefined || value % Number(step) === 0;
    if (step !== undefined)
      return value >= least && value <= Number(to ?? 9999) && (value - least) % Number(step) === 0;
    return value >= least && value <= Number(to ?? from);
  });
}

function isDay({ weekdays, date: [year, month, day] }: Event, since1970: number): boolean {
  const date = new Date(since1970 * DAY * 1000);
  return (
    (weekdays === undefined || weekdays.has(date.getUTCDay())) &&
    fits(year, date.getUTCFullYear()) &&
    fits(month, date.getUTCMonth() + 1) &&
    fits(day, date.getUTCDate())
  );
}

function isTime({ hour, minute }: Event, ofDay: number): boolean {
  return fits(hour, Math.floor(ofDay / 60)) && fits(minute, ofDay % 60);
}
