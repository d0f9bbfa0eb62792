import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { readAnswer } from './answer.ts';
import type { CallFacts } from './explain.ts';
import { encodeForm } from './form.ts';
import type { Send, Verb, WireRequest } from './wire.ts';

/** How to log in: an API token (`user@realm`, its name, its secret), or a user (`user@realm`) with a password. */
export type Login =
  | { kind: 'token'; user: string; tokenName: string; secret: string }
  | { kind: 'password'; user: string; password: string };

/** The headers that prove who calls: one set for reading, one for changing. Made once for each token or ticket. */
export interface Credentials {
  readonly read: Record<string, string>;
  readonly write: Record<string, string>;
}

interface Ticket extends Credentials {
  readonly ticket: string;
  readonly csrf: string;
  /** When it was asked for, in ms since 1970. */
  readonly at: number;
}

const hour = 3_600_000;
const form = 'application/x-www-form-urlencoded';

/** The headers of a call. */
export function headersFor(credentials: Credentials, verb: Verb): Record<string, string> {
  return verb === 'GET' ? credentials.read : credentials.write;
}

/**
 * Keeps a client logged in. A token is a header and nothing more. A password is turned into a ticket before the first
 * call, never by trying without one: each refusal costs 3 seconds. A ticket lives 2 hours (PVE) and is renewed after
 * one, with itself as the password; one login at a time serves all callers.
 */
export class Auth {
  readonly who: NonNullable<CallFacts['who']>;
  readonly #login: Login;
  readonly #send: Send;
  readonly #clock: Clock;
  readonly #ticketPath: string;
  readonly #token: Credentials | undefined;
  #ticket: Ticket | undefined;
  #running: Promise<Ticket> | undefined;

  constructor(options: { login: Login; send: Send; clock: Clock; prefix: string }) {
    this.#login = options.login;
    this.#send = options.send;
    this.#clock = options.clock;
    this.#ticketPath = `${options.prefix}/access/ticket`;
    const { login } = options;
    this.who =
      login.kind === 'token'
        ? { kind: 'token', name: `${login.user}!${login.tokenName}` }
        : { kind: 'password', name: login.user };
    this.#token = login.kind === 'token' ? tokenCredentials(login) : undefined;
  }

  /** The headers to call with; at once where they are at hand. */
  credentials(): Credentials | Promise<Credentials> {
    if (this.#token !== undefined) return this.#token;
    const age = this.#age();
    if (this.#ticket !== undefined && age >= 0 && age < hour) return this.#ticket;
    return this.#once(() => this.#renew());
  }

  /** After a 401: other headers to try once more with, or nothing where a new login can't help. */
  afterRefusal(refused: Credentials): Promise<Credentials> | Credentials | undefined {
    if (this.#token !== undefined) return undefined;
    // Another caller's refusal may have led to a new ticket already.
    if (this.#ticket !== undefined && this.#ticket !== refused) return this.#ticket;
    this.#ticket = undefined;
    return this.#once(() => this.#logIn());
  }

  /** What must never stand in an error. */
  secrets(): string[] {
    const own = this.#login.kind === 'token' ? this.#login.secret : this.#login.password;
    const ticket = this.#ticket;
    return ticket === undefined
      ? [own]
      : [own, ticket.ticket, encodeURIComponent(ticket.ticket), ticket.csrf];
  }

  #age(): number {
    return this.#ticket === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() - this.#ticket.at;
  }

  #once(work: () => Promise<Ticket>): Promise<Ticket> {
    this.#running ??= work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #renew(): Promise<Ticket> {
    const old = this.#ticket;
    const age = this.#age();
    if (old === undefined || age < 0 || age >= 2 * hour) return this.#logIn();
    try {
      return await this.#ask(old.ticket);
    } catch (error) {
      if (error instanceof Failure && error.code === 'auth') return this.#logIn();
      throw error;
    }
  }

  #logIn(): Promise<Ticket> {
    return this.#ask(this.#login.kind === 'password' ? this.#login.password : '');
  }

  /** A failed login has made no change, whatever the call that waits for it would do. */
  async #ask(password: string): Promise<Ticket> {
    try {
      return await this.#askOnce(password);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { mayHaveRun: _, ...details } = error.details;
      throw new Failure(error.code, error.message, error.hint, { ...details, call: 'POST /access/ticket' });
    }
  }

  async #askOnce(password: string): Promise<Ticket> {
    const at = this.#clock.now();
    const request: WireRequest = {
      method: 'POST',
      path: this.#ticketPath,
      headers: { 'content-type': form },
      body: encodeForm({ username: this.who.name, password }),
    };
    const call: CallFacts = { verb: 'POST', path: '/access/ticket', who: this.who };
    const response = await this.#send(request).catch((error) => this.#sendAgain(request, error));
    const { data } = readAnswer(response, call);
    const { ticket, CSRFPreventionToken: csrf, NeedTFA } = Object(data) as Record<string, unknown>;
    if (NeedTFA) throw needsSecondFactor(this.who.name);
    if (typeof ticket !== 'string' || typeof csrf !== 'string') {
      throw new Failure(
        'bad_answer',
        'The login was answered without a ticket.',
        'Check that this is a Proxmox server.',
      );
    }
    const read = { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}` };
    const write = { ...read, csrfpreventiontoken: csrf, 'content-type': form };
    this.#ticket = { ticket, csrf, at, read, write };
    return this.#ticket;
  }

  /** A login changes nothing, so unlike other writes it may be sent twice. */
  #sendAgain(request: WireRequest, error: unknown) {
    if (error instanceof Failure && error.code === 'unreachable') return this.#send(request);
    throw error;
  }
}

function tokenCredentials(login: Extract<Login, { kind: 'token' }>): Credentials {
  const authorization = `PVEAPIToken=${login.user}!${login.tokenName}=${login.secret}`;
  if (!/^[\x21-\x7e]+$/.test(authorization)) {
    throw new Failure(
      'config',
      "The API token's id or secret has a space, a line break or another character that can't be part of it.",
      'Copy both again: the id looks like user@realm!name, the secret like 8 to 36 letters, digits and dashes.',
    );
  }
  const read = { authorization };
  return { read, write: { authorization, 'content-type': form } };
}

function needsSecondFactor(user: string): Failure {
  return new Failure(
    'auth',
    `${user} needs a second factor to log in.`,
    `Use an API token, which needs none: \`pveum user token add ${user} mcp\` on the server.`,
  );
}
