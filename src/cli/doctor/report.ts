import type { Colours } from '../colour.ts';
import type { Finding } from './finding.ts';

const WIDTH = 12;

/** One finding as people read it: a mark, what it is about, what was seen, and what to do. */
export function findingText({ check, state, text, hint }: Finding, colours: Colours): string {
  const mark = { good: colours.good('✓'), bad: colours.bad('✗'), note: colours.quiet('·') }[state];
  const rest = hint === undefined ? '' : `  ${' '.repeat(WIDTH)} → ${hint}\n`;
  return `${mark} ${check.padEnd(WIDTH)} ${text}\n${rest}`;
}

/** The last line. */
export function verdict(findings: readonly Finding[], colours: Colours): string {
  const count = findings.filter(({ state }) => state === 'bad').length;
  if (count === 0) return `${colours.good('All is well.')}\n`;
  return `${colours.bad(count === 1 ? 'One thing is wrong.' : `${count} things are wrong.`)}\n`;
}
