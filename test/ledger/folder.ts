import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LedgerEntry } from '../../src/api/gate/ledger.ts';
import type { OpenLedger } from '../../src/cli/open-ledger.ts';
import { realClock } from '../../src/clock.ts';
import { FileLedger, type FileLedgerOptions } from '../../src/state/ledger/file-ledger.ts';
import type { Line } from '../../src/state/ledger/line.ts';
import { openRedisStore } from '../../src/state/redis/store.ts';

/** A server's ledger. */
export function openLedger(
  stateDir: string | undefined,
  options: Partial<FileLedgerOptions> = {},
): FileLedger {
  const clock = { now: () => Date.now(), sleep: async () => {} };
  const ledger = new FileLedger({
    stateDir,
    clock,
    version: '1.2.3',
    server: 'https://pve1:8006',
    login: 'root@pam!mcp',
    ...options,
  });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** A server's ledger in Redis. */
export function redisLedger(url: string): OpenLedger {
  const ledger = openRedisStore({ url, key: undefined, clock: realClock }).ledger({
    version: '1.2.3',
    server: 'https://pve1:8006',
    login: 'root@pam!mcp',
  });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** The lines of the ledger in Redis. */
export async function redisLines(url: string): Promise<Line[]> {
  const store = openRedisStore({ url, key: undefined, clock: realClock });
  const lines: Line[] = [];
  for await (const { line } of store.reader.lines(() => {})) lines.push(line);
  store.close();
  return lines;
}

/** A change to the config of a guest. */
export function change(vmid = 100, params: LedgerEntry['request']['params'] = {}): LedgerEntry {
  return {
    client: 'gemini-cli 0.61.0',
    identity: 'local',
    tool: 'proxmox_api_call',
    login: 'root@pam!mcp',
    server: 'https://pve1:8006',
    request: { verb: 'PUT', path: `/nodes/pve1/qemu/${vmid}/config`, params, effect: 'change' },
  };
}

/** The ledger's files, oldest first, by their paths. */
export function files(stateDir: string): string[] {
  const folder = join(stateDir, 'ledger');
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** The only file there is. */
export function onlyFile(stateDir: string): string {
  const [path, ...others] = files(stateDir);
  if (path === undefined || others.length > 0) throw new Error(`${others.length + 1} files, not one`);
  return path;
}

/** The lines of a file. */
export function linesOf(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text));
}
