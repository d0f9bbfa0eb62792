import { createHmac } from 'node:crypto';
import { chown, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptPlan, Plan, PlanDecision, PlanStore } from '../api/gate/plan.ts';
import { PLAN_ID } from '../api/gate/plan-id.ts';
import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { isAlive, MAX_WAITING, packed, unpacked } from './plan-limits.ts';
import { sealed, unsealed } from './seal.ts';
import { stateKey } from './state-key.ts';

export interface FilePlansOptions {
  /** The state directory; the plans are in `plans/` there. */
  stateDir: string;
  clock: Clock;
}

/**
 * Plans in files, so that a person can approve one with a command, and a server that starts anew still knows them. For a
 * plan: `<id>.json`, then `<id>.decided` beside it; when it runs, the first is renamed to `<id>.used`. Creating a file
 * that must not exist and renaming one that must are the two steps that one process alone can do.
 */
export class FilePlans implements PlanStore {
  readonly #dir: string;
  readonly #clock: Clock;
  #key: Promise<Buffer> | undefined;

  constructor({ stateDir, clock }: FilePlansOptions) {
    this.#dir = join(stateDir, 'plans');
    this.#clock = clock;
  }

  async sign(text: string): Promise<string> {
    this.#key ??= stateKey(this.#dir).catch((error: unknown) => {
      this.#key = undefined;
      throw cannotKeep(this.#dir, error);
    });
    return createHmac('sha256', await this.#key)
      .update(text)
      .digest('hex');
  }

  async about(call: string): Promise<KeptPlan[]> {
    const kept = (await this.#alive()).filter(({ plan }) => plan.call === call);
    return kept.reverse();
  }

  async get(id: string): Promise<KeptPlan | undefined> {
    const text = PLAN_ID.test(id) ? await this.#read(`${id}.json`) : undefined;
    const plan = text && (await unpacked(text, this.#sign));
    // A plan under the name of another would be approved as that one.
    if (!plan || plan.id !== id || !isAlive(plan, this.#clock.now())) return undefined;
    const decided = await this.#decision(id);
    return { plan, ...(decided && { decided }) };
  }

  async waiting(): Promise<Plan[]> {
    return (await this.#alive()).filter(({ decided }) => decided === undefined).map(({ plan }) => plan);
  }

  async put(plan: Plan): Promise<void> {
    const text = await packed(plan, this.#sign);
    await this.#sweep();
    const waiting = await this.waiting();
    for (const { id } of waiting.slice(0, Math.max(0, waiting.length - MAX_WAITING + 1)))
      await this.withdraw(id);
    try {
      // Whole at once, for whoever reads at the same time.
      await writeFile(this.#path(`${plan.id}.new`), text, { flag: 'wx', mode: 0o600 });
      await rename(this.#path(`${plan.id}.new`), this.#path(`${plan.id}.json`));
    } catch (error) {
      throw cannotKeep(this.#dir, error);
    }
  }

  async decide(id: string, decision: PlanDecision): Promise<boolean> {
    const kept = await this.get(id);
    if (kept === undefined || kept.decided !== undefined) return false;
    const path = this.#path(`${id}.decided`);
    const text = await sealed(id, decision, this.#sign);
    try {
      await writeFile(path, text, { flag: 'wx', mode: 0o600 });
      // Root may decide for a server that runs as somebody else, who must be able to read that.
      const { uid, gid } = await stat(this.#dir);
      await chown(path, uid, gid).catch(() => {});
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw cannotKeep(this.#dir, error);
    }
  }

  async take(id: string): Promise<boolean> {
    const kept = await this.get(id);
    return kept?.decided?.decision === 'approved' && this.#end(id);
  }

  async withdraw(id: string): Promise<void> {
    const kept = await this.get(id);
    if (kept !== undefined && kept.decided === undefined) await this.#end(id);
  }

  readonly #sign = (text: string) => this.sign(text);

  /** Nobody can do this twice. */
  async #end(id: string): Promise<boolean> {
    try {
      await rename(this.#path(`${id}.json`), this.#path(`${id}.used`));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw cannotKeep(this.#dir, error);
    }
  }

  async #decision(id: string): Promise<PlanDecision | undefined> {
    const text = await this.#read(`${id}.decided`);
    return text === undefined ? undefined : unsealed(id, text, this.#sign);
  }

  /** Oldest first. */
  async #alive(): Promise<KeptPlan[]> {
    const ids = (await this.#names())
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -5));
    const kept = await Promise.all(ids.map((id) => this.get(id)));
    return kept
      .filter((each) => each !== undefined)
      .sort(({ plan: a }, { plan: b }) => a.made - b.made || (a.nonce < b.nonce ? -1 : 1));
  }

  /** Removes what has expired, used or not: an expired plan can't come back. */
  async #sweep(): Promise<void> {
    const now = this.#clock.now();
    for (const name of await this.#names()) {
      const [id = '', kind] = name.split('.');
      if (!PLAN_ID.test(id) || (kind !== 'json' && kind !== 'used')) continue;
      const expires = expiryIn((await this.#read(name)) ?? '');
      if (expires === undefined || expires > now) continue;
      for (const gone of [name, `${id}.decided`]) await rm(this.#path(gone), { force: true }).catch(() => {});
    }
  }

  async #names(): Promise<string[]> {
    return readdir(this.#dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw cannotKeep(this.#dir, error);
    });
  }

  async #read(name: string): Promise<string | undefined> {
    return readFile(this.#path(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw cannotKeep(this.#dir, error);
    });
  }

  #path(name: string): string {
    return join(this.#dir, name);
  }
}

function expiryIn(text: string): number | undefined {
  try {
    const { expires } = JSON.parse(text) as Partial<Plan>;
    return typeof expires === 'number' ? expires : 0;
  } catch {
    return 0;
  }
}

function cannotKeep(dir: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  return new Failure(
    'ledger',
    `Plans can't be kept in ${dir} (${why}), so nobody can approve anything. Nothing was sent.`,
    'Give MCP_STATE_DIR a directory that this program may write to.',
  );
}
