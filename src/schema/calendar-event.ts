const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*';
const DAYS = new RegExp(`^${DAY}(?:\\.\\.${DAY})?(?:,${DAY}(?:\\.\\.${DAY})?)*,?$`);
const FULL_DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const WORDS = /^(minutely|hourly|daily|weekly|monthly|yearly|annually|quarterly|semiannually|semi-annually)$/;
/** `*`, `8`, `8..17`, and any of them with a step `/15`. */
const PART = /^(?:\*|(\d+)(?:\.\.(\d+))?)(?:\/(\d+))?$/;

/**
 * Checks a calendar event such as `mon..fri 8..17:0/15`, `*-*-1 02:00` or `daily`, as PVE's schedules take them
 * (systemd's, without time zones in the middle). The reason that PVE gives after the dash was never recorded.
 */
export function checkCalendarEvent(value: string): string | undefined {
  const text = value.trim().toLowerCase();
  if (text === '')
    return `invalid calendar event '${value}' - unable to parse calendar event - event is empty\n`;
  return isCalendarEvent(text)
    ? undefined
    : `invalid calendar event '${value}' - unable to parse calendar event\n`;
}

function isCalendarEvent(text: string): boolean {
  if (WORDS.test(text)) return true;
  const words = text.split(/\s+/);
  if (words.at(-1) === 'utc') words.pop();
  if (words[0] && DAYS.test(words[0]) && dayNames(words[0])) words.shift();
  if (words[0]?.includes('-')) {
    if (!isDate(words.shift() as string)) return false;
  }
  return words.length === 0 || (words.length === 1 && isTime(words[0] as string));
}

function dayNames(text: string): boolean {
  return text
    .split(/\.\.|,/)
    .every((day) => day === '' || FULL_DAYS.some((full) => full === day || full.slice(0, 3) === day));
}

function isDate(text: string): boolean {
  const parts = text.split('-');
  const limits = [2200, 12, 31].slice(3 - parts.length);
  return (
    parts.length >= 2 && parts.length <= 3 && parts.every((part, at) => isValue(part, limits[at] as number))
  );
}

/** A lone number means minutes; with colons it is hours, minutes and seconds. */
function isTime(text: string): boolean {
  const parts = text.split(':');
  const limits = parts.length === 1 ? [59] : [23, 59, 59];
  return parts.length <= 3 && parts.every((part, at) => isValue(part, limits[at] as number));
}

function isValue(text: string, maximum: number): boolean {
  return text.split(',').every((part) => {
    const found = PART.exec(part);
    return found?.slice(1, 3).every((number) => number === undefined || Number(number) <= maximum) ?? false;
  });
}
