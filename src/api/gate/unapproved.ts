import { Failure } from '../../failure.ts';
import type { Plan, PlanDecision } from './plan.ts';
import { planText, until } from './plan-text.ts';
import type { ApprovalWays } from './ways.ts';

/** Nobody has approved it yet: the plan, who can approve it and how, and how to go on then. */
export function needsApproval(plan: Plan, ways: ApprovalWays | undefined, tool: string): Failure {
  const changed = plan.changed.length > 0 ? ' It changed since the plan before.' : '';
  return new Failure(
    'needs_approval',
    `A person must approve plan ${plan.id} first; nothing was sent.${changed}`,
    howTo(plan, ways, tool),
    { approval: { id: plan.id, text: planText(plan, 'short'), expires: plan.expires } },
  );
}

function howTo(plan: Plan, ways: ApprovalWays | undefined, tool: string): string {
  const command = ways?.command && `run \`${ways.command} ${plan.id}\` where this server runs`;
  const link = ways?.link?.(plan.id);
  const page = link && `open ${link}`;
  if (!command && !page)
    return 'Nobody can: this client cannot ask its user, and this server has no MCP_STATE_DIR in which a plan could wait.';
  const how = [page, command].filter(Boolean).join(' or ');
  const secret = ways?.lock === undefined ? '' : " (the operator's secret is asked for)";
  return (
    `Show the plan to the user, who can ${how}${secret}; that is for a person, not for you. ` +
    `Then call ${tool} again with the same arguments, before ${until(plan)}.`
  );
}

/** Somebody has said no. */
export function declined({ by, at }: PlanDecision, now: number): Failure {
  const minutes = Math.round((now - at) / 60_000);
  const when = minutes < 1 ? '' : ` ${minutes} minutes ago`;
  return new Failure(
    'not_allowed',
    `A person declined this (${by})${when}. Nothing was sent.`,
    'Do not try it another way: ask the user what to do instead.',
  );
}

/** The plan is not there any more: it ran for another call, or its time is over. */
export function ended(): Failure {
  return new Failure(
    'not_allowed',
    'This approval was used by another call, or came too late. Nothing was sent by this one.',
    'Look whether it was done already. If not, make the same call again: it makes a new plan.',
  );
}
