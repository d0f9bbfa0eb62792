import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { readAnswer } from './answer.ts';
import { type Credentials, form, ticketCredentials } from './credentials.ts';
import type { CallFacts } from './explain.ts';
import { encodeForm } from './form.ts';
import type { Product } from './products.ts';
import {
  askFor,
  asksForSecondFactor,
  readChallenge,
  refusedFactor,
  type SecondFactor,
} from './second-factor.ts';
import type { Send, WireRequest, WireResponse } from './wire.ts';

/** A login that lasts for two hours, in all four products. */
export interface Ticket extends Credentials {
  readonly ticket: string;
  readonly csrf: string;
  /** When it was asked for, in ms since 1970. */
  readonly at: number;
}

/** What the ticket office needs. */
export interface TicketOffice {
  send: Send;
  clock: Clock;
  product: Product;
  /** The path of the API, `/api2/json`. */
  prefix: string;
}

/** A login's first answer, by the names that all four products use. */
type TicketData = Record<string, unknown>;

/**
 * `POST /access/ticket`, with a password or an older ticket in its place; where the user has a second factor, once more
 * with that.
 *
 * @throws Failure that never says `mayHaveRun`: a failed login has changed nothing, whatever the call that waits for it
 * would do
 */
export async function askForTicket(
  office: TicketOffice,
  user: string,
  password: string,
  secondFactor?: SecondFactor,
): Promise<Ticket> {
  try {
    return await ask(office, user, password, secondFactor);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { mayHaveRun: _, ...details } = error.details;
    const call = { ...details, call: 'POST /access/ticket' };
    throw new Failure(error.code, error.message, error.hint, call, error.cause);
  }
}

async function ask(
  office: TicketOffice,
  user: string,
  password: string,
  secondFactor: SecondFactor | undefined,
): Promise<Ticket> {
  const at = office.clock.now();
  const first = request(office, { username: user, password });
  const response = await office.send(first).catch((error) => sendAgain(office, first, error));
  const data = read(response, office, user);
  if (!asksForSecondFactor(data)) return readTicket(data, response, office, at);

  const half = typeof data.ticket === 'string' ? data.ticket : '';
  const answer = await askFor(readChallenge(user, half), secondFactor);
  // Sent once: most codes are used up by the first try, so a second one could only be refused.
  const again = office.clock.now();
  const whole = await office.send(
    request(office, { username: user, password: answer, 'tfa-challenge': half }),
  );
  if (whole.status === 401) throw refusedFactor(user, answer, readFailure(whole, office, user));
  return readTicket(read(whole, office, user), whole, office, again);
}

function request(office: TicketOffice, fields: Record<string, string>): WireRequest {
  return {
    method: 'POST',
    path: `${office.prefix}/access/ticket`,
    headers: { 'content-type': form },
    body: encodeForm(fields),
  };
}

/** A password changes nothing, so unlike other writes it may be sent twice. */
function sendAgain(office: TicketOffice, first: WireRequest, error: unknown): Promise<WireResponse> {
  if (error instanceof Failure && error.code === 'unreachable') return office.send(first);
  throw error;
}

function callFacts({ product }: TicketOffice, user: string): CallFacts {
  return { verb: 'POST', path: '/access/ticket', who: { kind: 'password', name: user }, product };
}

function read(response: WireResponse, office: TicketOffice, user: string): TicketData {
  return Object(readAnswer(response, callFacts(office, user)).data) as TicketData;
}

function readFailure(response: WireResponse, office: TicketOffice, user: string): Failure {
  try {
    readAnswer(response, callFacts(office, user));
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  return new Failure('auth', response.reason, 'Try again.');
}

/** PDM, and newer PBS, hand the ticket out in a cookie and nowhere else; it goes back as it came. */
function readTicket(data: TicketData, response: WireResponse, { product }: TicketOffice, at: number): Ticket {
  const csrf = data.CSRFPreventionToken;
  const bare = product.cookie.replace('__Host-', '');
  const set = new RegExp(`(?:^|[,;]\\s*)((?:__Host-)?${bare})=([^;,\\s]+)`).exec(
    response.headers['set-cookie'] ?? '',
  );
  const ticket = set?.[2] ?? data.ticket;
  if (typeof ticket !== 'string' || typeof csrf !== 'string' || asksForSecondFactor(data)) {
    throw new Failure(
      'bad_answer',
      'The login was answered without a ticket.',
      `Check that this is a server of ${product.title}.`,
    );
  }
  const cookie = set ? `${set[1]}=${ticket}` : `${product.cookie}=${encodeURIComponent(ticket)}`;
  return { ticket, csrf, at, ...ticketCredentials(cookie, csrf) };
}
