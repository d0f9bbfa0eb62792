import { timingSafeEqual } from 'node:crypto';
import type { PlanDecision, PlanStore } from '../api/gate/plan.ts';
import { canonical } from '../api/gate/plan-id.ts';

/** A decision as it is kept: sealed, so that nobody without the key can write one. */
export async function sealed(id: string, decision: PlanDecision, sign: PlanStore['sign']): Promise<string> {
  return canonical({ ...decision, seal: await seal(id, decision, sign) });
}

/** A kept decision; undefined where it is none of ours, or of another plan, or half written. */
export async function unsealed(
  id: string,
  text: string,
  sign: PlanStore['sign'],
): Promise<PlanDecision | undefined> {
  let kept: PlanDecision & { seal: string };
  try {
    kept = JSON.parse(text) as typeof kept;
  } catch {
    return undefined;
  }
  const { seal: found, ...decision } = kept ?? {};
  const [got, wanted] = [Buffer.from(String(found)), Buffer.from(await seal(id, decision, sign))];
  return got.length === wanted.length && timingSafeEqual(got, wanted) ? decision : undefined;
}

function seal(id: string, decision: PlanDecision, sign: PlanStore['sign']): Promise<string> {
  return sign(`decision ${canonical({ id, ...decision })}`);
}
