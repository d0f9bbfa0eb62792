import { randomUUID } from 'node:crypto';
import { access, constants, lstat, stat, unlink, writeFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { PlanStore } from '../../api/gate/plan.ts';
import { isLoopback } from '../../config/access.ts';
import type { Config } from '../../config/parse.ts';
import { folderReader, type LedgerReader } from '../../state/ledger/reader.ts';
import { problemText } from '../../state/ledger/trouble.ts';
import type { RedisStore } from '../../state/redis/store.ts';
import { openStore } from '../shared-store.ts';
import { openPlans } from '../waiting-plans.ts';
import { bad, badFrom, type Finding, good, note } from './finding.ts';

/** Whether changes can be written down, and what was written is whole. Nothing is left behind. */
export async function* state(config: Config): AsyncGenerator<Finding> {
  const store = await openStore(config);
  if (store !== undefined) return yield* shared(store, config.store?.url ?? '');
  const { stateDir } = config;
  if (stateDir === undefined) {
    yield bad('state', 'There is no state folder, so nothing can be changed.', 'Set MCP_STATE_DIR.');
    return;
  }
  const folder = resolve(stateDir);
  const trouble = await writable(folder);
  if (trouble !== undefined) {
    yield bad(
      'state',
      `${folder} can't be written (${trouble}), so nothing can be changed.`,
      'Give it to the user that runs the server (chown), or set MCP_STATE_DIR.',
    );
    return;
  }
  yield good('state', `${folder} can be written.`);
  yield* privacy(folder);
  try {
    yield* ledger(folderReader(folder));
    if (await isThere(join(folder, 'plans'))) yield* plans(await openPlans(config, undefined));
  } catch (error) {
    yield badFrom('state', error);
  }
}

/** What replicas share. */
async function* shared(store: RedisStore, url: string): AsyncGenerator<Finding> {
  try {
    await store.check();
    yield good('state', `The store at ${store.place} answers, and keeps what is written to it.`);
    const { protocol, hostname } = new URL(url);
    if (protocol === 'redis:' && !isLoopback(hostname))
      yield note(
        'state',
        'What is said to it crosses the network in the clear.',
        'rediss:// in MCP_STORE speaks TLS, unless the network is for the two of them alone.',
      );
    yield* ledger(store.reader);
    yield* plans(store.plans);
  } catch (error) {
    yield badFrom('state', error);
  } finally {
    store.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Why it can't be written, or made where it does not exist yet. */
async function writable(folder: string): Promise<string | undefined> {
  try {
    if (await isThere(folder)) {
      const probe = join(folder, `.doctor-${randomUUID()}`);
      await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
      await unlink(probe);
      return undefined;
    }
    let above = dirname(folder);
    while (!(await isThere(above))) above = dirname(above);
    await access(above, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

/** Whoever writes there could approve plans; whoever reads there learns what was changed. Windows has no such modes. */
async function* privacy(folder: string): AsyncGenerator<Finding> {
  if (platform() === 'win32' || !(await isThere(folder))) return;
  const { mode } = await stat(folder);
  if ((mode & 0o022) !== 0)
    yield bad('state', `Others can write to ${folder}, and so approve plans.`, `chmod 700 ${folder}`);
  else if ((mode & 0o044) !== 0)
    yield note('state', `Others can see what is in ${folder}.`, `chmod 700 ${folder}`);
}

async function* ledger(ledger: LedgerReader): AsyncGenerator<Finding> {
  if (await ledger.isEmpty()) {
    yield good('ledger', 'No change was ever written down.');
    return;
  }
  const { files, problems } = await ledger.verify();
  const [first] = problems;
  if (first === undefined) {
    const lines = files.reduce((sum, { at }) => sum + at.n, 0);
    yield good(
      'ledger',
      `It is intact: ${lines} lines in ${files.length} file${files.length === 1 ? '' : 's'}.`,
    );
    return;
  }
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  yield bad(
    'ledger',
    `It is broken: ${problemText(first)}${more}.`,
    'proxmox-mcp audit --verify tells all. Keep it as it is for whoever looks into this.',
  );
}

async function* plans(store: PlanStore): AsyncGenerator<Finding> {
  const waiting = await store.waiting();
  if (waiting.length === 0) yield good('plans', 'None waits for a person.');
  else
    yield note(
      'plans',
      `${waiting.length} wait${waiting.length === 1 ? 's' : ''} for a person.`,
      'proxmox-mcp approve lists them.',
    );
}
