import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { opens } from '../api/gate/lock.ts';
import type { Decision, PlanStore } from '../api/gate/plan.ts';
import { planText, planTitle, until } from '../api/gate/plan-text.ts';
import { askForSecret, askForWord, type Page, said } from './approval-html.ts';

/** How often somebody may be wrong, whoever it is: guessing must take longer than a secret of twelve letters lasts. */
const MAX_WRONG = 10;
const PER_MS = 60_000;

/** What a form of ours can hold at most. */
const MAX_BYTES = 4096;

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  // With `no-referrer` a browser would send this form with no Origin to check.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export interface ApprovalPageOptions {
  /** The operator's own. */
  secret: string;
  plans(): Promise<PlanStore>;
  now(): number;
}

/** The id in the address of the page. */
export function approvalId(path: string): string | undefined {
  return /^\/approve\/([^/]{1,64})$/.exec(path)?.[1];
}

/**
 * The page on which a person approves a plan. It asks for the operator's secret first, and without it tells nothing, not
 * even whether there is such a plan. The form that follows carries a mark that only who knew the secret was given, so no
 * other site can send it, and nothing is kept in the browser.
 */
export class ApprovalPage {
  readonly #options: ApprovalPageOptions;
  #wrong: number[] = [];

  constructor(options: ApprovalPageOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    const { status, html, headers = {} } = await this.#page(request, id);
    // What is still coming of a body is not read.
    const close = request.complete ? {} : { connection: 'close' };
    response.writeHead(status, { ...HEADERS, ...headers, ...close });
    response.end(request.method === 'HEAD' ? undefined : html);
  }

  async #page(request: IncomingMessage, id: string): Promise<Page> {
    if (request.method === 'GET' || request.method === 'HEAD') return askForSecret(200);
    if (request.method !== 'POST')
      return { ...said(405, 'This page takes GET and POST.'), headers: { allow: 'GET, POST' } };
    const form = await formOf(request);
    if (form === undefined) return said(400, 'That is not the form of this page.');

    const now = this.#options.now();
    this.#wrong = this.#wrong.filter((at) => now - at < PER_MS);
    if (this.#wrong.length >= MAX_WRONG)
      return {
        ...said(429, 'Too many wrong secrets. Try again in a minute.'),
        headers: { 'retry-after': '60' },
      };

    const word = decisionIn(form);
    const right =
      word === undefined ? this.#isSecret(form.get('secret')) : await this.#isMark(id, form.get('mark'));
    if (!right) {
      this.#wrong.push(now);
      return askForSecret(
        403,
        word === undefined ? 'That is not the secret.' : 'That form is no longer good.',
      );
    }
    return word === undefined ? this.#show(id) : this.#decide(id, word);
  }

  async #show(id: string): Promise<Page> {
    const plan = (await (await this.#options.plans()).get(id))?.plan;
    if (plan === undefined || (plan.lock !== undefined && !(await opens(plan.lock, this.#options.secret))))
      return gone();
    return askForWord(`Plan ${plan.id}`, planText(plan, 'whole'), until(plan), await this.#mark(id));
  }

  async #decide(id: string, decision: Decision): Promise<Page> {
    const plans = await this.#options.plans();
    const plan = (await plans.get(id))?.plan;
    if (plan === undefined || !(await plans.decide(id, { decision, by: 'page', at: this.#options.now() })))
      return gone();
    const next = 'Tell your assistant to go on: it makes the same call again.';
    const text =
      decision === 'approved' ? `Approved; it can run once, until ${until(plan)}. ${next}` : 'Declined.';
    return said(200, `${text}\n${planTitle(plan)}`);
  }

  #isSecret(given: string | null): boolean {
    return same(given ?? '', this.#options.secret);
  }

  async #isMark(id: string, given: string | null): Promise<boolean> {
    return same(given ?? '', await this.#mark(id));
  }

  /** What only who knows the secret, or was shown this plan for it, can send. */
  async #mark(id: string): Promise<string> {
    return (await this.#options.plans()).sign(JSON.stringify(['page', id, this.#options.secret]));
  }
}

/** The answer for a plan that expired, ran, was decided or never was. */
function gone(): Page {
  return said(404, 'No such plan waits. It was decided or used, its time is over, or there never was one.');
}

function decisionIn(form: URLSearchParams): Decision | undefined {
  const word = form.get('word');
  return word === 'approved' || word === 'declined' ? word : undefined;
}

/** Takes the same time wherever they differ. */
function same(given: string, wanted: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
    return undefined;
  let text = '';
  try {
    // Whoever sends too much still gets an answer.
    for await (const part of request.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      text += part;
      if (text.length > MAX_BYTES) return undefined;
    }
  } catch {
    return undefined;
  }
  return new URLSearchParams(text);
}
