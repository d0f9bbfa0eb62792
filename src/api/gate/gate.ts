import type { Clock } from '../../clock.ts';
import type { Catalog } from '../../schema/catalog.ts';
import { effectOf, isEverydayRead, type Judgement } from '../../schema/effect.ts';
import type { Method } from '../../schema/method.ts';
import type { Read } from '../change.ts';
import type { WireRequest } from '../wire.ts';
import { type Approval, Approvals, type Asked } from './approvals.ts';
import { type Call, readCall } from './call.ts';
import type { Caller } from './caller.ts';
import { beyondScope } from './caller-scope.ts';
import type { Door, Permit } from './door.ts';
import type { Ledger } from './ledger.ts';
import { type Own, OwnWork } from './own-work.ts';
import type { PlanStore, TouchedGuest } from './plan.ts';
import { planned } from './planned.ts';
import type { Policy } from './policy.ts';
import { forbiddenCall, forbiddenChange, isUnseen, unknownGuests } from './rules.ts';
import { namedGuests, reachesMany } from './scope.ts';
import { type Touched, touchedGuests } from './touched.ts';
import type { Verdict } from './verdict.ts';
import type { ApprovalWays } from './ways.ts';

export interface GateOptions {
  policy: Policy;
  /** The API's description; asked for only where a call is not an everyday read. */
  catalog(): Promise<Catalog>;
  plans: PlanStore;
  ledger: Ledger;
  clock: Clock;
  /** How the server or cluster behind it is called in plans and in the ledger. */
  server: string;
  /** Who acts there: `user@realm` or `user@realm!token`. */
  login: string;
  /** How a person who is not at the client can approve. */
  ways?: ApprovalWays;
  /** What stands before the path of every call: `/api2/json`. */
  prefix?: string;
}

/** How much of a value the ledger keeps, in characters; of what is longer, its start, its length and its hash. */
const MAX_WRITTEN = 10_000;

/** A request that was approved before it is made. */
interface Foreseen {
  request: WireRequest;
  approval: Approval;
}

/** One call of a tool, and how far it is. */
interface Work {
  caller: Caller;
  own: OwnWork;
  foreseen: Foreseen[];
  /** Whether it has changed something already. */
  changed: boolean;
}

/**
 * Decides of every request, from the bytes that are about to be sent, whether it may be: by its effect, by the settings,
 * and, for what is dangerous, by a person. Changes are written down before they go.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #approvals: Approvals;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#approvals = new Approvals(options);
  }

  /** The door as it stands for one caller, and for one call of theirs: it remembers what that began and made. */
  for(caller: Caller): Door {
    const work: Work = { caller, own: new OwnWork(), foreseen: [], changed: false };
    return {
      judge: (request, read) => this.#judgeFor(work, request, read),
      admit: async (request, read) => {
        const permit = await this.#admit(request, work, read);
        work.changed ||= permit !== undefined;
        return permit;
      },
      foresee: async (requests, read) =>
        void work.foreseen.push(...(await this.#foresee(requests, work, read))),
      taskEnded: async (upid, exitstatus) => {
        work.own.taskEnded(upid, exitstatus);
        await this.#options.ledger.taskEnded(upid, exitstatus);
      },
    };
  }

  /**
   * What would become of a request. Reads where that is needed, and changes nothing.
   *
   * @param own what belongs to the work that the request is part of
   */
  async judge(request: WireRequest, read: Read, own?: Own): Promise<Verdict> {
    const { policy } = this.#options;
    const call = this.#read(request);
    const eased = own?.eases(call);
    const { method, effect, because } = { ...(await this.#look(call)), ...eased };
    // Whoever let it be done has let it be undone.
    const needsApproval = eased === undefined && needsPerson(effect, policy);
    // Of what names no guest and reaches many, the ledger must know which.
    const asksForGuests =
      effect !== 'read' && (needsApproval || policy.protect.length > 0 || reachesMany(call));
    const forbidden = forbiddenCall(call, policy) ?? forbiddenChange(effect, [], policy);
    const { guests: seen, unread }: Touched =
      asksForGuests && forbidden === undefined ? await touchedGuests(call, read) : { guests: [] };
    const guests = own === undefined ? seen : await this.#withOwn(seen, own, read);
    const refused = forbidden ?? forbiddenChange(effect, guests, policy) ?? unknownGuests(unread, policy);
    const known = { call, method, effect, ...(because && { because }), guests, ...(unread && { unread }) };
    return { ...known, refused, needsApproval };
  }

  #read(request: WireRequest): Call {
    return readCall(request, this.#options.prefix ?? '/api2/json');
  }

  /** What this work made, or is about to make, is no unknown guest, though the cluster does not list it. */
  async #withOwn(guests: readonly TouchedGuest[], own: Own, read: Read): Promise<TouchedGuest[]> {
    const byTag = this.#options.policy.protect.some(({ kind }) => kind === 'tag');
    return Promise.all(
      guests.map(async (guest) =>
        isUnseen(guest) ? ((await own.guest(guest.vmid, byTag ? read : undefined)) ?? guest) : guest,
      ),
    );
  }

  async #judgeFor(
    { caller, changed, own }: Work,
    request: WireRequest,
    read: Read,
    mine: Own = own,
  ): Promise<Verdict> {
    const verdict = await this.judge(request, read, mine);
    return { ...verdict, refused: verdict.refused ?? beyondScope(verdict, caller, changed) };
  }

  async #look(call: Call): Promise<Judgement & { method: Method | undefined }> {
    if (isEverydayRead(call.verb, call.path)) return { method: undefined, effect: 'read' };
    const method = (await this.#options.catalog()).find(call.verb, call.path)?.method;
    return { method, ...effectOf(method, call.params, call.path) };
  }

  async #foresee(requests: readonly WireRequest[], work: Work, read: Read): Promise<Foreseen[]> {
    const calls = requests.map((request) => this.#read(request));
    const asked = await Promise.all(
      requests.map(async (request, index) => {
        const mine = work.own.after(calls.slice(0, index));
        return { request, mine, verdict: await this.#judgeFor(work, request, read, mine) };
      }),
    );
    for (const { verdict } of asked) if (verdict.refused !== undefined) throw verdict.refused;
    const approval = await this.#approve(asked, work.caller, read);
    return approval === undefined ? [] : asked.map(({ request }) => ({ request, approval }));
  }

  /** Undefined where nobody need approve any of them. */
  async #approve(
    asked: readonly (Asked & { mine: Own })[],
    caller: Caller,
    read: Read,
  ): Promise<Approval | undefined> {
    if (!asked.some(({ verdict }) => verdict.needsApproval)) return undefined;
    const owns = new Map(asked.map(({ request, mine }) => [request, mine]));
    return this.#approvals.require(asked, (again) => this.judge(again, read, owns.get(again)), caller, read);
  }

  async #admit(request: WireRequest, work: Work, read: Read): Promise<Permit | undefined> {
    const { caller, foreseen, own } = work;
    const verdict = await this.#judgeFor(work, request, read);
    if (verdict.refused !== undefined) throw verdict.refused;
    const approval =
      takeForeseen(foreseen, request)?.approval ??
      (await this.#approve([{ request, verdict, mine: own }], caller, read));
    if (verdict.effect === 'read') return undefined;

    const { ledger, login, server } = this.#options;
    const entry = await ledger.begin({
      client: caller.client,
      identity: caller.identity,
      tool: caller.tool,
      login,
      server,
      request: planned(verdict, MAX_WRITTEN),
      vmids: touchedIds(verdict),
      ...(approval && { plan: approval.plan, approval: approval.by }),
    });
    own.admitted(verdict.call);
    return {
      ended: (outcome) => {
        own.sent(verdict.call, outcome);
        return ledger.ended(entry, outcome);
      },
    };
  }
}

/** The approval that was given for these bytes, which is used up by that. */
function takeForeseen(
  foreseen: Foreseen[],
  { method, path, body, stream }: WireRequest,
): Foreseen | undefined {
  // What streams was not there to be seen.
  if (stream !== undefined) return undefined;
  const at = foreseen.findIndex(
    ({ request }) => request.method === method && request.path === path && request.body === body,
  );
  return at === -1 ? undefined : foreseen.splice(at, 1)[0];
}

/** Of the guests that were looked up, and of those that the call itself names where nobody had to look. */
function touchedIds({ call, guests }: Verdict): number[] {
  return [...new Set([...guests.map(({ vmid }) => vmid), ...namedGuests(call)])].sort((a, b) => a - b);
}

function needsPerson(effect: Judgement['effect'], { approve }: Policy): boolean {
  return approve === 'change' ? effect !== 'read' : approve === 'danger' && effect === 'danger';
}
