import { createHmac, randomBytes } from 'node:crypto';
import type { KeptPlan, Plan, PlanDecision, PlanStore } from '../api/gate/plan.ts';
import type { Clock } from '../clock.ts';
import { isAlive, MAX_WAITING, packed } from './plan-limits.ts';

/** Plans that end with the process. */
export class MemoryPlans implements PlanStore {
  readonly #key = randomBytes(32);
  readonly #kept = new Map<string, KeptPlan>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async sign(text: string): Promise<string> {
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }

  async about(call: string): Promise<KeptPlan[]> {
    const kept = this.#alive().filter(({ plan }) => plan.call === call);
    return kept.reverse();
  }

  async get(id: string): Promise<KeptPlan | undefined> {
    return this.#alive().find(({ plan }) => plan.id === id);
  }

  async waiting(): Promise<Plan[]> {
    return this.#alive()
      .filter(({ decided }) => decided === undefined)
      .map(({ plan }) => plan);
  }

  async put(plan: Plan): Promise<void> {
    await packed(plan, (text) => this.sign(text));
    const waiting = await this.waiting();
    for (const { id } of waiting.slice(0, Math.max(0, waiting.length - MAX_WAITING + 1)))
      this.#kept.delete(id);
    this.#kept.set(plan.id, { plan });
  }

  async decide(id: string, decided: PlanDecision): Promise<boolean> {
    // Looked at and set without a pause between: of two who decide at once, one does.
    const kept = this.#alive().find(({ plan }) => plan.id === id);
    if (kept === undefined || kept.decided !== undefined) return false;
    this.#kept.set(id, { ...kept, decided });
    return true;
  }

  async take(id: string): Promise<boolean> {
    const kept = await this.get(id);
    return kept?.decided?.decision === 'approved' && this.#kept.delete(id);
  }

  async withdraw(id: string): Promise<void> {
    if (this.#kept.get(id)?.decided === undefined) this.#kept.delete(id);
  }

  #alive(): KeptPlan[] {
    const now = this.#clock.now();
    for (const [id, { plan }] of this.#kept) if (!isAlive(plan, now)) this.#kept.delete(id);
    return [...this.#kept.values()];
  }
}
