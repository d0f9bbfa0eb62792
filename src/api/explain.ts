import { Failure, type FailureCode, type FailureDetails } from '../failure.ts';
import { oneLine, readError } from './error-text.ts';
import { explainText } from './explain-text.ts';
import { forbiddenHint, type Refused } from './forbidden.ts';
import { parameterHint } from './parameter-hints.ts';
import { type Product, products } from './products.ts';
import type { Verb, WireResponse } from './wire.ts';

/** Which call an answer belongs to, and who made it; neither query nor secret is among it. */
export interface CallFacts {
  verb: Verb;
  /** Without prefix and query: `/nodes/pve1/qemu/100/config`. */
  path: string;
  /** How this client logs in, as hints need it. */
  who?: Refused;
  /** Which product answers; PVE where it is not said. */
  product?: Product;
}

/**
 * An answer with an error status as a `Failure`. Proxmox puts its words in the reason phrase, in the body's `message`
 * and, for each refused parameter, in `errors`; the auth layer and the proxy between nodes send a reason phrase alone.
 * PVE answers 500 for nearly everything, so the words decide where the status does not (recorded on PVE 9.2).
 */
export function explain(response: WireResponse, call: CallFacts): Failure {
  const { status } = response;
  if (status >= 300 && status < 400) return redirected(response, call);
  // A reverse proxy explains its own trouble with a page for people; its status says what that page says.
  const page = isHtml(response);
  if (page && !isGatewayTrouble(status)) return htmlPage(response, call);
  const said = readError(page ? { ...response, body: '' } : response);
  const details = detailsOf(response, call, said.errors);
  if (said.errors !== undefined) return parameters(said.errors, details);
  const text =
    said.text === ''
      ? `${isGatewayTrouble(status) ? 'it' : 'Proxmox'} answered ${status} without a word`
      : said.text;
  const { code, hint } = verdict(status, text, call);
  const ofGuest = /^Agent error: (.+)$/s.exec(text)?.[1];
  if (ofGuest !== undefined) details.said = ofGuest;
  if (mayChange(call) && (status >= 596 || isGatewayTrouble(status))) details.mayHaveRun = true;
  return new Failure(
    code,
    sentence(status, text, call),
    details.mayHaveRun ? `${hint} ${lookBefore}` : hint,
    details,
  );
}

/** A bare reason phrase says too little: whose login, which node. Everything else is Proxmox's own sentence. */
function sentence(status: number, text: string, call: CallFacts): string {
  if (status === 401)
    return `Proxmox does not accept the login${call.who ? ` of ${call.who.name}` : ''}: ${text}`;
  if (status >= 595 && status <= 599) return `${behind(call)} can't be reached: ${text} (${status})`;
  if (isGatewayTrouble(status)) return `A reverse proxy got no answer of Proxmox: ${text} (${status})`;
  return text;
}

/** No Proxmox product answers these for itself; nginx, Traefik, HAProxy and Caddy do when what is behind them fails. */
function isGatewayTrouble(status: number): boolean {
  return status >= 502 && status <= 504;
}

/** Who did not answer the server asked. */
function behind({ path }: CallFacts): string {
  const node = /^\/nodes\/([^/]+)/.exec(path)?.[1];
  return node === undefined ? 'The service behind the API (pvedaemon)' : `Node ${node}`;
}

const lookBefore = 'The change may still be running: look for its task before sending it again.';

/** Whether a lost answer leaves a change in doubt. Logging in changes nothing. */
export function mayChange({ verb, path }: CallFacts): boolean {
  return verb !== 'GET' && path !== '/access/ticket';
}

/** What `details` says of every answer. */
export function detailsOf(
  response: WireResponse,
  call: CallFacts,
  errors?: Record<string, string>,
): FailureDetails {
  const details: FailureDetails = {
    status: response.status,
    reason: response.reason,
    call: `${call.verb} ${call.path}`,
  };
  if (errors !== undefined) details.errors = errors;
  return details;
}

/** Whether the answer is a page for people: then something else than the API answered. */
export function isHtml(response: WireResponse): boolean {
  return (
    /^text\/html\b/i.test(response.headers['content-type'] ?? '') ||
    /^\s*<(?:!doctype|html)\b/i.test(response.body)
  );
}

/** The Failure for a web page where the API's answer belongs. */
export function htmlPage(response: WireResponse, call: CallFacts): Failure {
  const details = detailsOf(response, call);
  if (mayChange(call)) details.mayHaveRun = true;
  return new Failure(
    'bad_answer',
    `A web page came instead of an answer of the API (${response.status} ${oneLine(response.reason)}).`.replace(
      ' )',
      ')',
    ),
    'Another web server or a reverse proxy answered: check host and port (PVE and PMG listen on 8006, PBS on 8007, PDM on 8443), and that a proxy passes /api2/ on to Proxmox.',
    details,
  );
}

function redirected(response: WireResponse, call: CallFacts): Failure {
  const target = oneLine((response.headers.location ?? 'nowhere').split(/[?#]/, 1)[0] as string);
  return new Failure(
    'bad_answer',
    `The server redirects to ${target} instead of answering; redirects are never followed.`,
    'Set the address of the Proxmox server itself, with https:// and its port (PVE and PMG: 8006, PBS: 8007, PDM: 8443).',
    detailsOf(response, call),
  );
}

/** A 400 with a word for each parameter. Where all words mean one thing (a taken id), the code says that thing. */
function parameters(errors: Record<string, string>, details: FailureDetails): Failure {
  const texts = Object.values(errors);
  const explained = texts.map(explainText);
  const first = explained[0];
  const listed = Object.entries(errors).map(([name, text]) => `${name}: ${text}`);
  const telling =
    first !== undefined && meant.has(first.code) && explained.every(({ code }) => code === first.code);
  return new Failure(
    telling ? first.code : 'invalid_parameter',
    `Proxmox refused ${texts.length === 1 ? 'a parameter' : `${texts.length} parameters`}: ${listed.join(' | ')}`,
    telling
      ? first.hint
      : (texts.map(parameterHint).find((hint) => hint !== undefined) ??
          'Correct the parameters named and send it again.'),
    details,
  );
}

const meant: ReadonlySet<FailureCode> = new Set([
  'exists',
  'not_found',
  'forbidden',
  'locked',
  'wrong_state',
]);

function verdict(status: number, text: string, call: CallFacts): { code: FailureCode; hint: string } {
  const meaning = explainText(text);
  if (status === 401) return { code: 'auth', hint: authHint(text, call) };
  if (status === 403)
    return { code: 'forbidden', hint: forbiddenHint(text, call.who, call.product) ?? meaning.hint };
  // Some methods wrap the refusal into an error of their own: `update pools failed: Permission check failed (…)`.
  if (meaning.code === 'forbidden')
    return { code: 'forbidden', hint: forbiddenHint(text, call.who, call.product) ?? meaning.hint };
  // An unknown path is 501 in Perl (PVE, PMG) and 404 in Rust (PBS, PDM).
  const unknownPath = status === 404 && /^Path '.*' not found\.$/.test(text);
  if (unknownPath || (status === 501 && meaning.code !== 'invalid_parameter')) {
    return {
      code: 'not_implemented',
      hint: `This server has no ${call.verb} ${call.path}: check path and method in the API description; an older release may lack it.`,
    };
  }
  if (status >= 595 && status <= 599) return { code: 'node_unreachable', hint: nodeHint(status, call) };
  if (isGatewayTrouble(status)) {
    return {
      code: 'bad_answer',
      hint: 'Look whether Proxmox runs and how the proxy reaches it (https, port, its timeout), or use the address of Proxmox itself.',
    };
  }
  if (meaning.code !== 'refused') return meaning;
  if (status === 404)
    return { code: 'not_found', hint: 'List what there is, and check spelling, node and kind.' };
  if (status === 400 || status === 506)
    return { code: 'invalid_parameter', hint: 'Correct what the text names and send it again.' };
  return meaning;
}

function authHint(text: string, { who, product }: CallFacts): string {
  if (/csrf/i.test(text))
    return 'The login was renewed meanwhile or the server restarted: send the call again.';
  if (/ticket/i.test(text) && !/no ticket/i.test(text))
    return 'This ticket was made for something else or is too old: ask for a new one.';
  // PVE says `authentication failure` or `Authentication failed!` (recorded on PVE 9.2); the products in Rust say this.
  if ((product ?? products.pve).family === 'perl' && /^authentication failed(?!!)/.test(text))
    return 'This is how Proxmox Backup Server and Datacenter Manager refuse a login: the address must be that of a Proxmox VE server (port 8006).';
  if (who?.kind === 'token') {
    const list = (product ?? products.pve).listTokens?.(who.name.split('!', 1)[0] as string);
    const look = list === undefined ? '' : `: \`${list}\` on the server`;
    return `Check the token ${who.name} (user@realm!name) and its secret, and that neither token nor user is expired or disabled${look}. The secret is shown only once; if it is lost, make a new token.`;
  }
  return `Check user and password of ${who?.name ?? 'the login'}, that the realm is right (user@pam, user@pve, …), and that the user is enabled and not expired. Proxmox does not tell which of these is wrong.`;
}

function nodeHint(status: number, { verb, path }: CallFacts): string {
  if (status === 595) {
    return 'It is off, or its network or services (pvedaemon, pveproxy) are down; nothing was done. /cluster/status shows which nodes are online.';
  }
  if (/\/agent\/exec$/.test(path) && verb === 'POST') {
    return 'Most likely the guest could not start that command (Proxmox fails to pass on the text of such an error): give the full path of a program that exists, and the command as a list of arguments.';
  }
  return 'The connection to it broke or stayed silent before its answer was whole: look at its state and load.';
}
