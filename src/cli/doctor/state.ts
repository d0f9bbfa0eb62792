import { randomUUID } from 'node:crypto';
import { access, constants, lstat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../../config/parse.ts';
import { realDisk } from '../../state/ledger/disk.ts';
import { problemText } from '../../state/ledger/trouble.ts';
import { ledgerFiles, verifyFolder } from '../../state/ledger/verify.ts';
import { openPlans } from '../waiting-plans.ts';
import { bad, badFrom, type Finding, good, note } from './finding.ts';

/** Whether changes can be written down, and what was written is whole. Nothing is left behind. */
export async function* state(config: Config): AsyncGenerator<Finding> {
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
  try {
    yield* ledger(join(folder, 'ledger'));
    if (await isThere(join(folder, 'plans'))) yield* plans(config);
  } catch (error) {
    yield badFrom('state', error);
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

async function* ledger(folder: string): AsyncGenerator<Finding> {
  if ((await ledgerFiles(folder, realDisk)).length === 0) {
    yield good('ledger', 'No change was ever written down.');
    return;
  }
  const { files, problems } = await verifyFolder(folder, realDisk);
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

async function* plans(config: Config): AsyncGenerator<Finding> {
  const waiting = await (await openPlans(config)).waiting();
  if (waiting.length === 0) yield good('plans', 'None waits for a person.');
  else
    yield note(
      'plans',
      `${waiting.length} wait${waiting.length === 1 ? 's' : ''} for a person.`,
      'proxmox-mcp approve lists them.',
    );
}
