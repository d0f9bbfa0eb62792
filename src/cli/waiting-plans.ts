import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { PlanStore } from '../api/gate/plan.ts';
import type { ApprovalWays } from '../api/gate/ways.ts';
import { realClock } from '../clock.ts';
import type { Config } from '../config/parse.ts';
import type { RedisStore } from '../state/redis/store.ts';

/** Where plans wait, as the settings have it. */
export async function openPlans(
  { stateDir }: Pick<Config, 'stateDir'>,
  store: RedisStore | undefined,
): Promise<PlanStore> {
  if (store !== undefined) return store.plans;
  if (stateDir === undefined) return new (await import('../state/memory-plans.ts')).MemoryPlans(realClock);
  const { FilePlans } = await import('../state/file-plans.ts');
  return new FilePlans({ stateDir, clock: realClock });
}

/**
 * How a person approves who is not at the client.
 *
 * @param link of the page for a plan, where this server shows one
 */
export function approvalWays(
  {
    stateDir,
    store,
    approveSecret,
  }: Pick<Config, 'stateDir' | 'approveSecret'> & Partial<Pick<Config, 'store'>>,
  link?: (id: string) => string | undefined,
): ApprovalWays {
  let lock: Promise<string> | undefined;
  return {
    ...(store !== undefined
      ? // Its login is nothing for a model to read: who approves has it from where this server has it.
        { command: 'MCP_STORE=… proxmox-mcp approve' }
      : stateDir !== undefined && { command: command(stateDir) }),
    ...(approveSecret !== undefined && {
      lock: (seed) => {
        lock ??= import('../api/gate/lock.ts').then(({ makeLock }) => makeLock(approveSecret, seed));
        return lock;
      },
      ...(link && { link }),
    }),
  };
}

/** Whoever types it may have another home, but the usual place needs no saying. */
function command(stateDir: string): string {
  if (stateDir === `${homedir()}/.local/state/proxmox-mcp`) return 'proxmox-mcp approve';
  const path = resolve(stateDir);
  const quoted = /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  return `MCP_STATE_DIR=${quoted} proxmox-mcp approve`;
}
