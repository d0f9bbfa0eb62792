import type { Method } from '../schema/method.ts';
import type { World } from './world/world.ts';

/** Proxmox says no: the status and reason phrase it answers with, and the word it has for each bad parameter. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: Record<string, string> | undefined;

  constructor(status: number, reason: string, errors?: Record<string, string>) {
    super(reason);
    this.status = status;
    this.errors = errors;
  }
}

/** The 400 that Proxmox answers for bad parameters (recorded on PVE 9.2). */
export function parameterErrors(errors: Record<string, string>): ApiError {
  return new ApiError(400, 'Parameter verification failed.', errors);
}

/** Who calls, as authentication found. */
export interface Principal {
  /** `user@realm` */
  userid: string;
  /** The token's name, where one was used. */
  tokenid: string | undefined;
  /** As a UPID shows it: `user@realm` or `user@realm!token`. */
  authid: string;
  /** root@pam by ticket: every privilege, and the few things nobody else may do. A token of root@pam is not this. */
  isRoot: boolean;
  /** Whether this login holds the privilege on that ACL path. */
  may(path: string, privilege: string): boolean;
}

/** One call that has passed authentication, permissions, node routing and the parameter check. */
export interface Call {
  method: Method;
  /** Path and body parameters together, checked and converted as Proxmox does. */
  // biome-ignore lint/suspicious/noExplicitAny: the schema check has settled each type; handlers read them by name
  params: Record<string, any>;
  principal: Principal;
  world: World;
}

/** An answer with more to it than `data`. */
export class Reply {
  readonly data: unknown;
  readonly total: number | undefined;
  /** Of a node's network: what waits to be applied, as a text. */
  readonly changes: string | undefined;
  /** Set for an answer that is no JSON in an envelope; `compressed`: it comes as gzip whether or not that was asked for. */
  readonly text: { contentType: string; filename?: string; body: string; compressed?: true } | undefined;

  constructor(data: unknown, options: { total?: number; changes?: string; text?: Reply['text'] } = {}) {
    this.data = data;
    this.total = options.total;
    this.changes = options.changes;
    this.text = options.text;
  }
}

/** What one endpoint does. Returns `data` (or a `Reply`); throws `ApiError`. */
export type Handler = (call: Call) => unknown | Promise<unknown>;

/** Endpoints by `METHOD /path/{with}/{names}`, as the schema writes them. What is not here answers 501. */
export type Routes = Record<string, Handler>;
