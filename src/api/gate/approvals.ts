import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { Failure } from '../../failure.ts';
import type { Read } from '../change.ts';
import type { WireRequest } from '../wire.ts';
import type { Caller } from './caller.ts';
import { changes } from './changes.ts';
import { freshGuests } from './fresh-guests.ts';
import { lossesOf } from './losses.ts';
import type { KeptPlan, Plan, PlanStore, TouchedGuest } from './plan.ts';
import { canonical, planId } from './plan-id.ts';
import { planned } from './planned.ts';
import { declined, ended, needsApproval } from './unapproved.ts';
import type { Verdict } from './verdict.ts';
import type { ApprovalWays } from './ways.ts';

/** How long a plan may wait for its approval and then for its run, in milliseconds. */
const PLAN_LIFE_MS = 10 * 60_000;

/** How long a call waits for the person on the page, in milliseconds: shorter than what clients wait for an answer. */
const PAGE_WAIT_MS = 45_000;
const PAGE_LOOK_MS = 1_000;

/** How often one call asks, where what it is about changes while the person thinks. */
const MAX_ROUNDS = 3;

/** How many guests a plan shows; its basis has all of them. */
const MAX_GUESTS = 200;

/** What was approved: the plan, and how. */
export interface Approval {
  plan: string;
  by: string;
}

/** A request that needs a person, and what the gate thinks of it. */
export interface Asked {
  request: WireRequest;
  verdict: Verdict;
}

export interface ApprovalsOptions {
  plans: PlanStore;
  clock: Clock;
  server: string;
  login: string;
  /** How a person who is not at the client can approve. */
  ways?: ApprovalWays;
}

/** Makes plans, asks for their approval, and lets an approved one run once. */
export class Approvals {
  readonly #options: ApprovalsOptions;
  #making: Promise<unknown> = Promise.resolve();

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  /**
   * Resolves when a person has approved exactly this. What it is about is read anew by `again` after every wait: the
   * approval is for what the person saw.
   *
   * @throws Failure `needs_approval` with the plan, where nobody has yet; `not_allowed` where somebody declined
   */
  async require(
    asked: readonly Asked[],
    again: (request: WireRequest) => Promise<Verdict>,
    caller: Caller,
    read: Read,
  ): Promise<Approval> {
    let now = asked;
    for (let round = 1; ; round += 1) {
      const { plan, decided } = await this.#planFor(now, caller, read);
      if (decided?.decision === 'declined') throw declined(decided, this.#options.clock.now());
      if (decided !== undefined) {
        if (await this.#options.plans.take(plan.id)) return { plan: plan.id, by: decided.by };
        throw ended();
      }
      if (round > MAX_ROUNDS || !(await this.#wait(plan, caller)))
        throw needsApproval(plan, this.#options.ways, caller.tool);
      if (caller.signal?.aborted)
        throw new Failure('cancelled', 'The call was cancelled. Nothing was sent.', '');
      now = await Promise.all(asked.map(async ({ request }) => ({ request, verdict: await again(request) })));
      for (const { verdict } of now) if (verdict.refused !== undefined) throw verdict.refused;
    }
  }

  /** Asks whoever can be asked from here. True when somebody has decided. */
  async #wait(plan: Plan, caller: Caller): Promise<boolean> {
    const { ways, plans, clock } = this.#options;
    if (ways?.lock !== undefined) {
      const link = ways.link?.(plan.id);
      if (link === undefined || (await caller.show?.(plan, link)) !== 'opened') return false;
      return this.#decidedElsewhere(plan, caller);
    }
    const decision = await caller.ask?.(plan);
    if (decision === undefined || decision === 'pending') return false;
    if (await plans.decide(plan.id, { decision, by: 'elicitation', at: clock.now() })) return true;
    // Somebody was faster, or took too long.
    if ((await plans.get(plan.id))?.decided !== undefined) return true;
    throw ended();
  }

  async #decidedElsewhere({ id }: Plan, { signal }: Caller): Promise<boolean> {
    const { plans, clock } = this.#options;
    for (let waited = 0; waited <= PAGE_WAIT_MS; waited += PAGE_LOOK_MS) {
      const kept = await plans.get(id);
      if (kept === undefined) throw ended();
      if (kept.decided !== undefined) return true;
      await clock.sleep(PAGE_LOOK_MS, signal);
    }
    return false;
  }

  /** The plan for this call as things stand: one that waits or was decided, else a new one. */
  async #planFor(asked: readonly Asked[], caller: Caller, read: Read): Promise<KeptPlan> {
    const { plans, server, login, clock, ways } = this.#options;
    const { identity, client, tool } = caller;
    const wires = asked.map(({ request: { method, path, body, stream } }) => ({
      ...{ method, path, body },
      ...(stream && { fields: stream.fields, length: stream.length }),
    }));
    const guests = await freshGuests(
      asked.flatMap(({ verdict }) => verdict.guests),
      read,
    );
    const requests = asked.map(({ verdict }) => planned(verdict));
    const losses = asked.map(({ verdict }) => {
      const own = new Set(verdict.guests.map(({ vmid }) => vmid));
      return lossesOf(
        verdict.call,
        verdict,
        guests.filter(({ vmid }) => own.has(vmid)),
        read,
      );
    });
    const loses = (await Promise.all(losses)).flat();
    const unread = asked.some(({ verdict }) => verdict.unread);
    const about = { server, login, identity, wires };
    const call = await plans.sign(`call ${canonical(about)}`);
    const basis = await plans.sign(`basis ${canonical({ ...about, guests, unread, loses })}`);

    const made = clock.now();
    const lock = await ways?.lock?.(await plans.sign('lock'));
    const facts: Omit<Plan, 'id'> = {
      made,
      expires: made + PLAN_LIFE_MS,
      server,
      login,
      identity,
      client,
      tool,
      requests,
      guests: guests.slice(0, MAX_GUESTS),
      ...(guests.length > MAX_GUESTS && { moreGuests: guests.length - MAX_GUESTS }),
      ...(unread && { unread }),
      loses,
      changed: [],
      call,
      basis,
      ...(lock !== undefined && { lock }),
      nonce: randomBytes(12).toString('hex'),
    };
    // One after the other, so that the same call made twice at once waits on one plan.
    const kept = this.#making.then(() => this.#keep(facts, guests));
    this.#making = kept.catch(() => {});
    return kept;
  }

  async #keep(facts: Omit<Plan, 'id'>, guests: readonly TouchedGuest[]): Promise<KeptPlan> {
    const { plans } = this.#options;
    const before = await plans.about(facts.call);
    // What was approved without the secret, or with another, does not count where one is set.
    const same = before.filter(({ plan }) => plan.basis === facts.basis && plan.lock === facts.lock);
    // Processes that share a store may have made more than one.
    const found = same.find(({ decided }) => decided !== undefined) ?? same[0];
    if (found !== undefined) return found;
    const changed = before[0] === undefined ? [] : changes(before[0].plan, { guests, loses: facts.loses });
    const whole = { ...facts, changed };
    const plan = { id: await planId(whole, (text) => plans.sign(text)), ...whole };
    await plans.put(plan);
    for (const old of before) if (old.decided === undefined) await plans.withdraw(old.plan.id);
    return { plan };
  }
}
