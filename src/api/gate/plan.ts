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
  guests: readonly TouchedGuest[];
  /** Sentences: what can't be had back. */
  loses: readonly string[];
  /** A keyed hash of what must not have changed when it runs: the exact bytes of its requests, its guests, their digests. */
  basis: string;
}

export type Decision = 'approved' | 'declined';

/** Who decided, and how. */
export interface PlanDecision {
  decision: Decision;
  /** `elicitation`, `command`, `page`. */
  by: string;
  at: number;
}

/** Where plans wait for their approval. Every step is atomic, also between processes. */
export interface PlanStore {
  /** A hash that only holders of the store's key can make. */
  sign(text: string): Promise<string>;
  /** The plan on this basis that still waits or was decided, and has neither run nor expired. */
  find(basis: string): Promise<{ plan: Plan; decided?: PlanDecision } | undefined>;
  get(id: string): Promise<{ plan: Plan; decided?: PlanDecision } | undefined>;
  /** Those that wait, oldest first. */
  waiting(): Promise<Plan[]>;
  put(plan: Plan): Promise<void>;
  /** False where it was decided before, has run, has expired or does not exist. */
  decide(id: string, decision: PlanDecision): Promise<boolean>;
  /** Takes an approved plan to run it: true for one taker alone. */
  take(id: string): Promise<boolean>;
}
