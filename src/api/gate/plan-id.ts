import type { Plan, PlanStore } from './plan.ts';

/** No letters that are taken for digits, or for each other. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 12;

/** What an id looks like, for whoever makes a file name of one. */
export const PLAN_ID = new RegExp(`^[${LETTERS}]{${LENGTH}}$`);

/** One value, one text: keys are sorted, and what is undefined is absent. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The id of a plan: 60 bits of a keyed hash of all else in it, short enough to be typed. */
export async function planId(plan: Omit<Plan, 'id'>, sign: PlanStore['sign']): Promise<string> {
  const { id: _id, ...rest } = plan as Plan;
  let bits = BigInt(`0x${(await sign(`plan ${canonical(rest)}`)).slice(0, 15)}`);
  let id = '';
  for (; id.length < LENGTH; bits >>= 5n) id = LETTERS.charAt(Number(bits & 31n)) + id;
  return id;
}
