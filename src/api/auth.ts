import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { type Credentials, form, tokenCredentials } from './credentials.ts';
import type { CallFacts } from './explain.ts';
import type { Product } from './products.ts';
import type { SecondFactor } from './second-factor.ts';
import { askForTicket, type Ticket, type TicketOffice } from './ticket.ts';
import type { Send } from './wire.ts';

/**
 * How to log in: an API token (`user@realm`, its name, its secret), or a user (`user@realm`) with a password and, where
 * the user has one, a second factor.
 */
export type Login =
  | { kind: 'token'; user: string; tokenName: string; secret: string }
  | {
      kind: 'password';
      user: string;
      password: string;
      /** Asked whenever a login with the password needs a second factor; a ticket's renewal needs none. */
      secondFactor?: SecondFactor;
    }
  /** The way onto the wire acts for this user by itself, as pvesh does. */
  | { kind: 'none'; user: string };

const hour = 3_600_000;

/**
 * Keeps a client logged in. A token is a header and nothing more. A password is turned into a ticket before the first
 * call, never by trying without one: each refusal costs 3 seconds. A ticket lives 2 hours and is renewed after one, with
 * itself as the password; one login at a time serves all callers.
 */
export class Auth {
  readonly who: NonNullable<CallFacts['who']>;
  readonly #login: Login;
  readonly #office: TicketOffice;
  readonly #token: Credentials | undefined;
  #ticket: Ticket | undefined;
  #running: Promise<Ticket> | undefined;

  constructor(options: { login: Login; send: Send; clock: Clock; prefix: string; product: Product }) {
    const { login, ...office } = options;
    this.#login = login;
    this.#office = office;
    this.who =
      login.kind === 'token'
        ? { kind: 'token', name: `${login.user}!${login.tokenName}` }
        : { kind: 'password', name: login.user };
    if (login.kind === 'token') {
      this.#token = tokenCredentials(this.who.name, login.secret, options.product);
    } else if (login.kind === 'none') this.#token = { read: {}, write: { 'content-type': form } };
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
    const login = this.#login;
    if (login.kind === 'none') return [];
    const own = login.kind === 'token' ? login.secret : login.password;
    const ticket = this.#ticket;
    return ticket === undefined
      ? [own]
      : [own, ticket.ticket, encodeURIComponent(ticket.ticket), ticket.csrf];
  }

  #age(): number {
    return this.#ticket === undefined ? Number.POSITIVE_INFINITY : this.#office.clock.now() - this.#ticket.at;
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
      return await this.#keep(askForTicket(this.#office, this.who.name, old.ticket));
    } catch (error) {
      if (error instanceof Failure && error.code === 'auth') return this.#logIn();
      throw error;
    }
  }

  #logIn(): Promise<Ticket> {
    const login = this.#login;
    if (login.kind !== 'password')
      throw new Failure('internal', 'A token does not log in.', 'Please report this.');
    return this.#keep(askForTicket(this.#office, login.user, login.password, login.secondFactor));
  }

  async #keep(asking: Promise<Ticket>): Promise<Ticket> {
    this.#ticket = await asking;
    return this.#ticket;
  }
}
