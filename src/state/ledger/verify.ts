import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { type Head, type Link, type Position, read } from './line.ts';
import { rawLines, type Walked, walk } from './walk.ts';

/** What is wrong, and where. */
export interface Problem {
  file: string;
  line?: number;
  text: string;
}

/** One file of the ledger, as far as its chain holds. */
export interface VerifiedFile extends Walked {
  name: string;
}

/** What a look at the whole ledger has shown. */
export interface Verified {
  /** Oldest first. */
  files: VerifiedFile[];
  /** None: it is intact, as far as can be known (see `verifyFolder`). */
  problems: Problem[];
  /** Lines that no other file has seen: what a new file must link to, so that every file is seen by another one. */
  ends: Link[];
}

/** Each server process has its own file, named after the time of its first change. */
const NAME = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z-[0-9a-f]{6}\.jsonl$/;

/** When a file was begun, in milliseconds since 1970, as its name says. */
export function begunAt(name: string): number {
  return Date.parse(name.replace(NAME, '$1T$2:$3:$4Z'));
}

/** The files of the ledger, oldest first. A folder that does not exist has none. */
export async function ledgerFiles(folder: string, disk: Disk): Promise<{ name: string; plain: boolean }[]> {
  const entries = await disk.readdir(folder, { withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter(({ name }) => NAME.test(name))
    .map((entry) => ({ name: entry.name, plain: entry.isFile() }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * Checks every chain, and every link from one file to another: an edited, shortened, renamed or missing file is found where
 * any other file has seen it. Nobody can know from here whether lines were cut off that no other file has seen yet (those
 * since the last server began its file), or that last file was removed, or the whole folder. Nor can a chain without a key
 * stop somebody who may write to the folder from writing all of it anew. Whoever must know ships the lines elsewhere as
 * they come.
 *
 * `seen` are further lines that somebody remembers.
 */
export async function verifyFolder(
  folder: string,
  disk: Disk,
  seen: readonly Link[] = [],
): Promise<Verified> {
  const problems: Problem[] = [];
  const names = new Set<string>();
  const links = new Links();
  for (const { name, plain } of await ledgerFiles(folder, disk)) {
    names.add(name);
    if (plain) for (const link of linksOf(await headOf(join(folder, name), disk))) links.add(link, name);
    else problems.push({ file: name, text: 'is no plain file' });
  }
  if (problems.length > 0) return { files: [], problems, ends: [] };

  for (const link of seen) links.add(link, THIS_SERVER);

  const files: VerifiedFile[] = [];
  for (const name of names) {
    const walked = await walk(join(folder, name), disk, (at, line) =>
      at.n === 1 && !isHeadOf(name, line) ? 'is not the head of this file' : links.contradiction(name, at),
    );
    files.push({ name, ...walked });
    if (walked.problem !== undefined) problems.push({ file: name, ...walked.problem });
    else problems.push(...links.beyond(name, walked.at));
  }
  problems.push(...links.missing(names));
  const ends = files.filter(({ name, at }) => at.n > 0 && !links.inAFile(name, at.n));
  return { files, problems, ends: ends.map(({ name, at }) => ({ file: name, ...at })) };
}

function isHeadOf(name: string, line: Buffer): boolean {
  const head = read(line);
  return head?.kind === 'head' && head.file === name;
}

/** The first line of a file, where it is a head. */
async function headOf(path: string, disk: Disk): Promise<Head | undefined> {
  for await (const { lines } of rawLines(path, disk)) {
    const line = lines[0] && read(lines[0]);
    if (lines.length > 0) return line?.kind === 'head' ? line : undefined;
  }
  return undefined;
}

/** A head may be forged; what is no link in it is none. */
function linksOf(head: Head | undefined): Link[] {
  return Array.isArray(head?.links)
    ? head.links.filter((link) => NAME.test(String(link?.file)) && Number.isInteger(link.n))
    : [];
}

const THIS_SERVER = 'this server';

/** Who has seen which line of which file. */
class Links {
  readonly #byFile = new Map<string, Map<number, { hash: string; from: string }>>();

  add({ file, n, hash }: Link, from: string): void {
    const lines = this.#byFile.get(file) ?? new Map();
    this.#byFile.set(file, lines.set(n, { hash, from }));
  }

  inAFile(file: string, n: number): boolean {
    const seen = this.#byFile.get(file)?.get(n);
    return seen !== undefined && seen.from !== THIS_SERVER;
  }

  contradiction(file: string, { n, hash }: Position): string | undefined {
    const seen = this.#byFile.get(file)?.get(n);
    if (seen === undefined || seen.hash === hash) return undefined;
    return `is not the line that ${seen.from} has seen here: the file was written anew`;
  }

  /** What was seen of a file after the line that is its last one now. */
  beyond(file: string, last: Position): Problem[] {
    const lines = [...(this.#byFile.get(file) ?? [])].filter(([n]) => n > last.n);
    return lines.slice(-1).map(([n, { from }]) => ({
      file,
      line: last.n,
      text: `is the last line, but ${from} has seen line ${n}`,
    }));
  }

  missing(there: ReadonlySet<string>): Problem[] {
    return [...this.#byFile]
      .filter(([file]) => !there.has(file))
      .map(([file, lines]) => ({
        file,
        text: `is missing: ${[...lines.values()][0]?.from} has seen it`,
      }));
  }
}
