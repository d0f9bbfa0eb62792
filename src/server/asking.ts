import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type ElicitResult,
  type InputRequest,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Caller } from '../api/gate/caller.ts';
import type { Decision, Plan } from '../api/gate/plan.ts';
import { planText, until } from '../api/gate/plan-text.ts';
import type { Era } from './server-factory.ts';

/** One field, so that every client's dialogue can show it. */
const FORM = {
  type: 'object' as const,
  properties: {
    approve: { type: 'boolean' as const, title: 'Approve', description: 'Yes lets exactly this run, once.' },
  },
  required: ['approve'],
};

const WHOLE = 'If you must see the rest, close this and run on the machine: proxmox-mcp approve';

/** The question of the person's client, and what the person said. */
type Answer = Pick<ElicitResult, 'action'> & { content?: ElicitResult['content'] | undefined };

/**
 * Asks the person behind one call, through the client (MCP elicitation). Up to 2025-11-25 the question is a request in
 * the middle of the call. In 2026-07-28 it is the answer to the call, and the client makes the call again with the
 * person's word: an answer is found by the plan's id, so it counts for no other plan.
 */
export class Asking {
  /** How this client can be asked, as the gate takes it. */
  readonly ways: Pick<Caller, 'ask' | 'show'>;
  readonly #era: Era;
  readonly #context: ServerContext;
  readonly #questions: Record<string, InputRequest> = {};

  /** @param initialized what the client declared in `initialize`; in 2026-07-28 it is said with each call */
  constructor(era: Era, context: ServerContext, initialized: ClientCapabilities | undefined) {
    this.#era = era;
    this.#context = context;
    const { form, url } = modes(era === 'modern' ? declared(context) : initialized);
    this.ways = {
      ...(form && { ask: (plan: Plan) => this.#ask(plan) }),
      ...(url && { show: (plan: Plan, link: string) => this.#show(plan, link) }),
    };
  }

  /** What is to be asked with the answer to this call. */
  get question(): InputRequiredResult | undefined {
    if (Object.keys(this.#questions).length === 0) return undefined;
    return inputRequired({ inputRequests: this.#questions });
  }

  async #ask(plan: Plan): Promise<Decision | 'pending'> {
    const text = planText(plan, 'question');
    // What a person does not see, nobody has approved.
    const cut =
      text === planText(plan, 'whole') ? '' : `\n\nNOT ALL OF IT IS SHOWN HERE. ${WHOLE} ${plan.id}`;
    const message = `${text}${cut}\n\nApprove this? It runs once, until ${until(plan)}. (plan ${plan.id})`;
    const answer = await this.#elicit(plan, { message, requestedSchema: FORM }, () =>
      inputRequired.elicit({ message, requestedSchema: FORM }),
    );
    if (answer === undefined || answer.action === 'cancel') return 'pending';
    return answer.action === 'accept' && answer.content?.approve === true ? 'approved' : 'declined';
  }

  async #show(plan: Plan, url: string): Promise<'opened' | 'declined' | 'pending'> {
    const message = `A change to Proxmox needs your approval on its page, before ${until(plan)}:\n${planText(plan, 'short')}`;
    const params = { mode: 'url', message, url, elicitationId: plan.id };
    const answer = await this.#elicit(plan, params, () => inputRequired.elicitUrl({ message, url }));
    if (answer === undefined || answer.action === 'cancel') return 'pending';
    return answer.action === 'accept' ? 'opened' : 'declined';
  }

  /** The person's answer; undefined while there is none. */
  async #elicit(
    plan: Plan,
    params: Record<string, unknown>,
    question: () => InputRequest,
  ): Promise<Answer | undefined> {
    const { mcpReq } = this.#context;
    if (this.#era === 'modern') {
      const answer = inputResponse(mcpReq.inputResponses, plan.id);
      if (answer.kind === 'elicit') return answer as Answer;
      this.#questions[plan.id] = question();
      return undefined;
    }
    try {
      const options = { timeout: plan.expires - plan.made, signal: mcpReq.signal };
      return await mcpReq.send({ method: 'elicitation/create', params }, options);
    } catch {
      // Cancelled, out of time, or a client that can't after all. Whoever called is told how to go on without it.
      return undefined;
    }
  }
}

function declared({ mcpReq }: ServerContext): ClientCapabilities | undefined {
  const envelope = mcpReq.envelope as Record<string, unknown> | undefined;
  return envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
}

/** What a client can show. One that names no mode has forms: there was nothing else before 2025-11-25. */
function modes(capabilities: ClientCapabilities | undefined): { form: boolean; url: boolean } {
  const { elicitation } = capabilities ?? {};
  if (elicitation === undefined) return { form: false, url: false };
  const url = elicitation.url !== undefined;
  return { form: elicitation.form !== undefined || !url, url };
}
