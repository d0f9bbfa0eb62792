/** Gives words a colour where that helps, else leaves them as they are. */
export interface Colours {
  good(text: string): string;
  bad(text: string): string;
  quiet(text: string): string;
}

/** Colours only on a terminal, and not where the person has said that they want none (`NO_COLOR`, https://no-color.org). */
export function coloursFor(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Colours {
  const isWanted = isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
  const in_ = (code: number) => (text: string) => (isWanted ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { good: in_(32), bad: in_(31), quiet: in_(2) };
}
