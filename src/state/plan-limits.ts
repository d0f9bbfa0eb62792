import type { Plan, PlanStore } from '../api/gate/plan.ts';
import { canonical, planId } from '../api/gate/plan-id.ts';
import { Failure } from '../failure.ts';

/** How many plans wait at most: nobody reads more, and a model that asks for ever more must not fill a disk. */
export const MAX_WAITING = 100;

/** How large a plan may be, in characters of its JSON. */
const MAX_SIZE = 256 * 1024;

/** How far a clock may be set back before the plans from before that are given up: they would live longer than they may. */
const SET_BACK_MS = 60_000;

/** Whether a plan's time is neither over nor still to come. */
export function isAlive({ made, expires }: Plan, now: number): boolean {
  return made - SET_BACK_MS <= now && now < expires;
}

/** A plan as it is kept. Throws for one that may not be. */
export async function packed(plan: Plan, sign: PlanStore['sign']): Promise<string> {
  if ((await planId(plan, sign)) !== plan.id) throw new Error('the id of a plan is the hash of the rest');
  const text = canonical(plan);
  if (text.length <= MAX_SIZE) return text;
  throw new Failure(
    'not_allowed',
    'This is too large to be shown to a person, and so nobody can approve it. Nothing was sent.',
    'Make the parameters smaller, or split the change.',
  );
}

/** A kept plan; undefined where somebody edited it, or it is none. */
export async function unpacked(text: string, sign: PlanStore['sign']): Promise<Plan | undefined> {
  try {
    const plan = JSON.parse(text) as Plan;
    return (await planId(plan, sign)) === plan.id ? plan : undefined;
  } catch {
    return undefined;
  }
}
