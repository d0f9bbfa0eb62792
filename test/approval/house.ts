import type { Client, ClientCapabilities } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type Answer, callTool, clientFor, type Served, type Way } from '../connect.ts';

/** A call that nobody may make without a person: a template, stopped as they are. */
export const DESTROY = { path: '/nodes/pve1/qemu/9000', method: 'DELETE' };

/** What a person is asked, as the client gets it. */
export interface Question {
  message: string;
  mode?: string;
  url?: string;
  requestedSchema?: { properties: Record<string, unknown> };
}

/** What a person can answer in a client's dialogue. */
export type Reply = { action: 'accept' | 'decline' | 'cancel'; content?: Record<string, unknown> };
export const YES: Reply = { action: 'accept', content: { approve: true } };

/** A client with a person at it, who answers every question. */
export async function withPerson(
  { http }: Pick<Served, 'http'>,
  way: Way,
  answer: (question: Question) => Reply | Promise<Reply>,
  elicitation: NonNullable<ClientCapabilities['elicitation']> = {},
): Promise<{
  client: Client;
  call(name: string, args: Record<string, unknown>): Promise<Answer>;
  asked: Question[];
}> {
  const client = await clientFor(http.url, way, { elicitation });
  const asked = listening(client, answer);
  return { client, asked, call: (name, args) => callTool(client, name, args) };
}

/** Puts a person before a client of either SDK. Returns what the person is asked, as it comes. */
export function listening(
  client: Client,
  answer: (question: Question) => Reply | Promise<Reply>,
): Question[] {
  const asked: Question[] = [];
  const handle = async ({ params }: { params: unknown }) => {
    asked.push(params as Question);
    return await answer(params as Question);
  };
  if (client instanceof OldClient)
    (client as OldClient).setRequestHandler(ElicitRequestSchema, handle as never);
  else client.setRequestHandler('elicitation/create', handle as never);
  return asked;
}

/** The changes that reached the cluster. */
export function changesAt(simulator: Simulator): string[] {
  return simulator.received
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path }) => `${method} ${path.replace('/api2/json', '')}`);
}

/** The id of the plan that a text is about. */
export function planIn(text: string): string {
  return /plan ([0-9a-z]{12})/.exec(text)?.[1] ?? '';
}
