import { check, type Position, read, START } from '../ledger/line.ts';
import type { Problem } from '../ledger/verify.ts';
import { LEDGER } from './keys.ts';
import type { Reply, Session } from './session.ts';

/** Lines that are asked for at once. */
const PAGE = 500;

/** An entry of the stream. */
export interface Entry {
  /** As Redis has it; ours are `7-0`. */
  id: string;
  /** The line, without its line feed. */
  line: string;
  /** Which append of which server it came with. */
  by: string;
}

/** The entries after line `n`, page by page: an empty one never comes. */
export async function* entriesAfter(session: Pick<Session, 'send'>, n: number): AsyncGenerator<Entry[]> {
  for (let from = `(${n}-0`; ; ) {
    const page = entriesOf(await session.send(['XRANGE', LEDGER, from, '+', 'COUNT', String(PAGE)]));
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    from = `(${page.at(-1)?.id}`;
  }
}

/** The last entry; undefined where there is none. */
export async function lastEntry(session: Pick<Session, 'send'>): Promise<Entry | undefined> {
  return entriesOf(await session.send(['XREVRANGE', LEDGER, '+', '-', 'COUNT', '1']))[0];
}

/** One entry by the number of its line. */
export async function entryAt(session: Pick<Session, 'send'>, n: number): Promise<Entry | undefined> {
  return entriesOf(await session.send(['XRANGE', LEDGER, `${n}-0`, `${n}-0`]))[0];
}

/** Checks an entry against the line before it. */
export function checkEntry({ id, line }: Entry, after: Position): { at: Position; problem?: string } {
  const found = check(Buffer.from(line), after);
  if (found.problem !== undefined) return found;
  if (id !== `${found.at.n}-0`) return { at: found.at, problem: `stands in the place of another (${id})` };
  const head = after.n === START.n ? read(Buffer.from(line)) : undefined;
  if (after.n === START.n && !(head?.kind === 'head' && head.file === LEDGER))
    return { at: found.at, problem: 'is not the head of this ledger' };
  return found;
}

/** Follows the chain from one place in it to its end, or to where it is broken. */
export async function follow(
  session: Pick<Session, 'send'>,
  from: Position,
): Promise<{ at: Position; problem?: Problem }> {
  let at = from;
  for await (const page of entriesAfter(session, from.n)) {
    for (const entry of page) {
      const found = checkEntry(entry, at);
      if (found.problem !== undefined)
        return { at, problem: { file: LEDGER, line: found.at.n, text: found.problem } };
      at = found.at;
    }
  }
  return { at };
}

/** What is no entry of ours is one without a line. */
function entriesOf(reply: Reply): Entry[] {
  return (Array.isArray(reply) ? reply : []).map((entry: Reply) => {
    const [id = '', fields = []] = Array.isArray(entry) ? entry : [];
    const values = (Array.isArray(fields) ? fields : []).map(String);
    const isOurs = values.length === 4 && values[0] === 'line' && values[2] === 'by';
    const [, line = '', , by = ''] = isOurs ? values : [];
    return { id: String(id), line, by };
  });
}
