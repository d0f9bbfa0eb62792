import type { Effect } from '../../schema/effect.ts';
import type { Verb } from '../wire.ts';

/** A request of a plan, as a person may see it. */
export interface PlannedRequest {
  verb: Verb;
  /** Decoded, without `/api2/json`. */
  path: string;
  /** Secrets are replaced by `[redacted]`. */
  params: Readonly<Record<string, string | readonly string[]>>;
  effect: Effect;
  /** What is lost, stopped or opened. */
  because?: string;
}

/** A guest that a plan touches, as it was when the plan was made. */
export interface TouchedGuest {
  vmid: number;
  name: string | undefined;
  node: string;
  type: 'qemu' | 'lxc';
  status: string | undefined;
  tags: readonly string[];
  pool: string | undefined;
  /** Of its config; undefined where it could not be read. */
  digest?: string;
}

/** What is to be done and what it was decided on. It is approved, or not, as a whole, and runs once. */
export interface Plan {
  /** A hash of all that is in it: whoever approves it approves exactly this. */
  id: string;
  /** Milliseconds since 1970. */
  made: number;
  expires: number;
  server: string;
  login: string;
  identity: string;
  client: string;
  tool: string;
  requests: readonly PlannedRequest[];
  /** The first of them, where they are very many. */
  guests: readonly TouchedGuest[];
  /** How many guests more it touches. */
  moreGuests?: number;
  /** Set where the cluster would not say which guests there are: it may touch more. */
  unread?: true;
  /** Sentences: what can't be had back. */
  loses: readonly string[];
  /** Sentences: what is another since the plan before for the same call. */
  changed: readonly string[];
  /** A keyed hash of the call alone: whose it is, and the exact bytes of its requests. */
  call: string;
  /** A keyed hash of what must not have changed when it runs: the call, its guests, their digests, what is lost. */
  basis: string;
  /** Set where only somebody who knows the operator's secret may approve it; see `opens`. */
  lock?: string;
  /** Makes every plan another, so that no id comes twice. */
  nonce: string;
}

export type Decision = 'approved' | 'declined';

/** Who decided, and how. */
export interface PlanDecision {
  decision: Decision;
  /** `elicitation`, `command`, `page`. */
  by: string;
  at: number;
}

/** A plan that has neither run nor expired, and what was decided of it. */
export interface KeptPlan {
  plan: Plan;
  decided?: PlanDecision;
}

/**
 * Where plans wait for their approval. Every step is atomic, also between processes. What was edited since it was put
 * there does not exist.
 *
 * @throws Failure `ledger` where nothing can be kept
 */
export interface PlanStore {
  /** A hash that only holders of the store's key can make, in hex. */
  sign(text: string): Promise<string>;
  /** The plans for this call, newest first. */
  about(call: string): Promise<KeptPlan[]>;
  get(id: string): Promise<KeptPlan | undefined>;
  /** Those that nobody has decided, oldest first. */
  waiting(): Promise<Plan[]>;
  /**
   * Keeps a plan whose id is the hash of the rest (`planId`). The oldest that waits makes room where too many do.
   *
   * @throws Failure `not_allowed` for one that is too large for a person to read
   */
  put(plan: Plan): Promise<void>;
  /** False where it was decided before, has run, has expired or does not exist. */
  decide(id: string, decision: PlanDecision): Promise<boolean>;
  /** Takes an approved plan to run it: true for one taker alone. */
  take(id: string): Promise<boolean>;
  /** Drops a plan that nobody has decided, since a newer one stands in its place. */
  withdraw(id: string): Promise<void>;
}
