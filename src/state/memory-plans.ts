import { createHmac, randomBytes } from 'node:crypto';
import type { Plan, PlanDecision, PlanStore } from '../api/gate/plan.ts';
import type { Clock } from '../clock.ts';

interface Kept {
  plan: Plan;
  decided?: PlanDecision;
}

/** Plans that end with the process. */
export class MemoryPlans implements PlanStore {
  readonly #key = randomBytes(32);
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async sign(text: string): Promise<string> {
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }

  async find(basis: string): Promise<Kept | undefined> {
    return this.#alive().find(({ plan }) => plan.basis === basis);
  }

  async get(id: string): Promise<Kept | undefined> {
    return this.#alive().find(({ plan }) => plan.id === id);
  }

  async waiting(): Promise<Plan[]> {
    return this.#alive()
      .filter(({ decided }) => decided === undefined)
      .map(({ plan }) => plan);
  }

  async put(plan: Plan): Promise<void> {
    this.#kept.set(plan.id, { plan });
  }

  async decide(id: string, decided: PlanDecision): Promise<boolean> {
    const kept = await this.get(id);
    if (kept === undefined || kept.decided !== undefined) return false;
    kept.decided = decided;
    return true;
  }

  async take(id: string): Promise<boolean> {
    const kept = await this.get(id);
    if (kept?.decided?.decision !== 'approved') return false;
    return this.#kept.delete(id);
  }

  #alive(): Kept[] {
    const now = this.#clock.now();
    for (const [id, { plan }] of this.#kept) if (plan.expires <= now) this.#kept.delete(id);
    return [...this.#kept.values()];
  }
}
