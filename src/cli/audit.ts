import { parseArgs } from 'node:util';
import { realClock } from '../clock.ts';
import { type Config, parseConfig } from '../config/parse.ts';
import type { Sources } from '../config/read-setting.ts';
import { Failure } from '../failure.ts';
import type { Begin, Line } from '../state/ledger/line.ts';
import type { MergedLine } from '../state/ledger/merged.ts';
import { folderReader, type LedgerReader } from '../state/ledger/reader.ts';
import { problemText } from '../state/ledger/trouble.ts';
import { type Change, changeTable, touches } from './audit-table.ts';
import { openStore } from './shared-store.ts';
import type { Terminal } from './terminal.ts';

const USAGE = `proxmox-mcp audit             the changes that were made, the newest last
proxmox-mcp audit --json      the same, as the ledger's own lines
proxmox-mcp audit --verify    whether the ledger is whole: exit 0; if not: 1

  --since …   an instant such as 2026-11-22, or how long ago: 24h, 7d
  --vmid …    only this guest's
  --limit …   at most so many; default 50

The ledger is looked for where the server keeps it: --state-dir, MCP_STATE_DIR, MCP_STORE, --env-file.
`;
const HELP = 'proxmox-mcp audit --help shows every flag.';

/**
 * `proxmox-mcp audit`: prints or checks what was written down. `environment` reads the variables, and those of the file
 * that `--env-file` names.
 *
 * @throws Failure `config` for wrong arguments; `ledger` when it is broken or can't be read, after what could be read
 */
export async function audit(
  args: string[],
  terminal: Pick<Terminal, 'write'>,
  environment: (envFile: unknown) => Omit<Sources, 'flags'>,
): Promise<void> {
  const { help, verify, json, stateDir, envFile, ...wanted } = parse(args, realClock.now());
  if (help) return terminal.write(USAGE);
  // To read the ledger nobody need know where Proxmox is: as for the demo.
  const flags = { demo: 'true', 'state-dir': stateDir };
  const config = parseConfig({ ...environment(envFile), flags });
  const ledger = await reader(config);
  try {
    if (await ledger.isEmpty())
      return terminal.write(json ? '' : `No change is written down in ${ledger.place}.\n`);
    if (verify) await printVerdict(ledger, terminal);
    else await printChanges(ledger, terminal, { ...wanted, json });
  } catch (error) {
    if (error instanceof Failure) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Failure(
      'ledger',
      `The ledger in ${ledger.place} can't be read (${why}).`,
      'Run this as its owner.',
    );
  }
}

async function reader(config: Config): Promise<LedgerReader> {
  const store = await openStore(config);
  if (store !== undefined) return store.reader;
  if (config.stateDir === undefined)
    throw new Failure('config', 'There is no state folder.', 'Set --state-dir, or MCP_STATE_DIR.');
  return folderReader(config.stateDir);
}

async function printVerdict(ledger: LedgerReader, terminal: Pick<Terminal, 'write'>): Promise<void> {
  const { files, problems } = await ledger.verify();
  for (const { name, at, cut, problem } of files) {
    const state = problem === undefined ? `${at.n} lines` : `broken after ${at.n} lines`;
    const crash = cut ? ', then a part of one: a crash or a full disk cut it' : '';
    terminal.write(`${name}: ${state}${crash}\n`);
  }
  if (problems.length === 0)
    return terminal.write(`The ledger in ${ledger.place} is intact.\n${ledger.limits}\n`);
  throw new Failure(
    'ledger',
    `The ledger in ${ledger.place} is broken:\n${problems.map((one) => `  - ${problemText(one)}`).join('\n')}`,
    `Keep it as it is for whoever looks into this. To begin a new one: ${ledger.anew}.`,
  );
}

interface Wanted {
  since: number | undefined;
  limit: number | undefined;
  vmid: number | undefined;
  json: boolean;
}

const LIMIT = 50;

async function printChanges(
  ledger: LedgerReader,
  terminal: Pick<Terminal, 'write'>,
  { since = 0, limit, vmid, json }: Wanted,
): Promise<void> {
  const broken: string[] = [];
  const isMeant = (begin: Line & Begin) =>
    Date.parse(begin.time) >= since && (vmid === undefined || touches(begin, vmid));
  const lines = linesOfChanges(
    ledger.lines((file) => broken.push(file)),
    isMeant,
  );
  if (json && limit === undefined) {
    for await (const { text } of lines) terminal.write(`${text}\n`);
  } else {
    const { changes, more } = await newest(lines, limit ?? LIMIT);
    if (!json) terminal.write(changeTable(changes, more));
    else for (const text of changes.flatMap(({ texts }) => texts)) terminal.write(`${text}\n`);
  }
  if (broken.length > 0) {
    throw new Failure(
      'ledger',
      `The ledger in ${ledger.place} is broken: ${broken.join(', ')}.`,
      'What was printed may be false. proxmox-mcp audit --verify says what is wrong.',
    );
  }
}

type LineOfChange = MergedLine & { change: string };

/** The lines of the changes that are meant, each with the change that it tells of. */
async function* linesOfChanges(
  lines: AsyncIterable<MergedLine>,
  isMeant: (begin: Line & Begin) => boolean,
): AsyncGenerator<LineOfChange> {
  // Millions go by here: only what may get another line is kept in mind, and of that the name alone.
  const open = new Set<string>();
  for await (const merged of lines) {
    const { file, line } = merged;
    if (line.kind === 'head') continue;
    const change = line.kind === 'begin' ? `${file}:${line.n}` : `${line.file ?? file}:${line.begin}`;
    if (line.kind === 'begin' && isMeant(line)) open.add(change);
    if (!open.has(change)) continue;
    yield { ...merged, change };
    if (line.kind === 'task' || (line.kind === 'end' && line.upid === undefined)) open.delete(change);
  }
}

/** The last changes that were begun, and how many were begun before them. */
async function newest(
  lines: AsyncIterable<LineOfChange>,
  most: number,
): Promise<{ changes: Change[]; more: number }> {
  const changes = new Map<string, Change>();
  let more = 0;
  for await (const { change: id, line, text } of lines) {
    if (line.kind === 'begin') changes.set(id, { begin: line, texts: [] });
    const change = changes.get(id);
    if (line.kind === 'end' && change) change.end = line;
    if (line.kind === 'task' && change) change.task = line;
    change?.texts.push(text);
    if (changes.size <= most) continue;
    const [oldest = ''] = changes.keys();
    changes.delete(oldest);
    more += 1;
  }
  return { changes: [...changes.values()], more };
}

function parse(args: string[], now: number) {
  const bad = (message: string) => new Failure('config', message, HELP);
  const text = { type: 'string' } as const;
  const isGiven = { type: 'boolean' } as const;
  const options = {
    help: { type: 'boolean', short: 'h' },
    verify: isGiven,
    json: isGiven,
    since: text,
    limit: text,
    vmid: text,
    'state-dir': text,
    'env-file': text,
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    values = parseArgs({ args, options }).values;
  } catch (error) {
    throw bad((error as Error).message);
  }
  const number = (name: 'limit' | 'vmid') => {
    const value = values[name];
    if (value !== undefined && !/^[1-9]\d{0,8}$/.test(value)) throw bad(`--${name} must be a whole number.`);
    return value === undefined ? undefined : Number(value);
  };
  const since = values.since === undefined ? undefined : instant(values.since, now);
  if (Number.isNaN(since))
    throw bad('--since must be a date, a time (2026-11-22T20:00Z) or an age: 90m, 24h, 7d.');
  return {
    help: values.help === true,
    verify: values.verify === true,
    json: values.json === true,
    stateDir: values['state-dir'],
    envFile: values['env-file'],
    since,
    limit: number('limit'),
    vmid: number('vmid'),
  };
}

/** Milliseconds since 1970 of a time, or of an age; NaN where it is neither. */
function instant(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const minutes = { m: 1, h: 60, d: 1440 }[unit ?? ''];
  return minutes === undefined ? Date.parse(text) : now - Number(count) * minutes * 60_000;
}
