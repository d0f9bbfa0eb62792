import { setMaxListeners } from 'node:events';
import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
} from '@modelcontextprotocol/server';
import type * as z from 'zod';
import type { Caller } from '../api/gate/caller.ts';
import { Failure, type FailureCode } from '../failure.ts';
import { stepsText } from '../render/steps-text.ts';
import { clean, fence, line } from '../render/untrusted.ts';
import type { Cluster, Progress, Tool, ToolContext } from '../tools/tool.ts';
import { NEEDED_SCOPE } from './server-factory.ts';

const MAX_TEXT = 2_000;
const LOG_LINES = 10;

const OWN_MISTAKE =
  'Error (internal): the server made a mistake of its own, which is in its log. Trying again is safe for reads.';

/** What one call brings with it. */
export interface Calling {
  caller: Caller;
  progress: Progress;
  signal: AbortSignal;
  /** Told why it came to nothing, in one word. */
  onFailure?(code: FailureCode): void;
}

export interface RunOptions {
  /** Opened at the first call: a server that is only asked for its tools needs no connection. */
  open(): Promise<(caller: Caller) => Cluster>;
  /** Told of every mistake that is our own. */
  onInternalError(error: unknown): void;
}

/**
 * Runs one tool call. The one catch of the house: a `Failure` becomes a tool error that says what to do next;
 * anything else is our own mistake, is logged, and shows no inside to the client.
 */
export async function runTool(
  tool: Tool,
  args: unknown,
  { caller, progress, signal, onFailure }: Calling,
  options: RunOptions,
): Promise<CallToolResult> {
  // One call may read from hundreds of places at once, and each listens to it.
  setMaxListeners(0, signal);
  try {
    const parsed = tool.input.safeParse(args ?? {});
    if (!parsed.success) throw badArguments(tool, parsed.error);
    const cluster = (await options.open())(caller);
    // A report reads from every node at once, and each reading listens: to Node that looks like a leak.
    setMaxListeners(0, signal);
    const { text, data } = await tool.run(parsed.data, { ...cluster, progress, signal });
    return { content: [{ type: 'text', text }], structuredContent: data as Record<string, unknown> };
  } catch (error) {
    onFailure?.(error instanceof Failure ? error.code : 'internal');
    return failed(error, options);
  }
}

/**
 * Reads for a request that is no tool call, and catches as `runTool` does. There an error is an answer; here it is the
 * protocol's own.
 *
 * @param uri of the resource that is read
 * @throws ProtocolError with what a tool would have said: what happened, and what to do
 */
export async function runReading<Result>(
  read: (context: ToolContext) => Promise<Result>,
  { caller, progress, signal, onFailure }: Calling,
  options: RunOptions,
  uri?: string,
): Promise<Result> {
  setMaxListeners(0, signal);
  try {
    return await read({ ...(await options.open())(caller), progress, signal });
  } catch (error) {
    if (error instanceof Failure) {
      onFailure?.(error.code);
      throw asProtocolError(error, uri);
    }
    onFailure?.('internal');
    options.onInternalError(error);
    throw new ProtocolError(ProtocolErrorCode.InternalError, OWN_MISTAKE);
  }
}

function asProtocolError(failure: Failure, uri: string | undefined): ProtocolError {
  const text = explain(failure);
  if (failure.code === 'not_found' && uri !== undefined) return new ResourceNotFoundError(uri, text);
  const theirs = failure.code === 'invalid_argument' || failure.code === 'not_found';
  const code = theirs ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
  return new ProtocolError(code, text, { code: failure.code });
}

function failed(error: unknown, options: RunOptions): CallToolResult {
  if (error instanceof Failure) {
    const { scope } = error.details;
    const content: CallToolResult['content'] = [{ type: 'text', text: explain(error) }];
    return { isError: true, content, ...(scope && { _meta: { [NEEDED_SCOPE]: scope } }) };
  }
  options.onInternalError(error);
  return { isError: true, content: [{ type: 'text', text: OWN_MISTAKE }] };
}

/**
 * The text of an error as a model reads it: what happened, what to do, and the facts beside it. Proxmox's own words may
 * be in all of them, so they are cleaned like any text that comes from outside.
 */
function explain(failure: Failure): string {
  const { message, details } = failure;
  // A guest may have written it, a refusal of Proxmox itself not: that stays in its sentence.
  const said = details.said && message.endsWith(details.said) ? details.said : '';
  const ours = message.slice(0, message.length - said.length);
  const lines = [`Error (${failure.code}): ${line(ours, MAX_TEXT).replace(/:$/, '')}`];
  if (said !== '') lines.push(fence('said', line(said, MAX_TEXT)));
  if (failure.hint !== '') lines.push(`What to do: ${line(failure.hint, MAX_TEXT)}`);
  const { upid, log, mayHaveRun, approval, steps } = details;
  if (steps !== undefined) lines.push(fence('step by step', stepsText(steps)));
  if (mayHaveRun === true)
    lines.push('The change may have been made all the same: look before you send it again.');
  if (upid !== undefined) lines.push(`Task: ${line(upid)}`);
  if (approval !== undefined) lines.push(fence(`plan ${approval.id}`, clean(approval.text)));
  if (log !== undefined && log.length > 0) {
    const tail = log.slice(-LOG_LINES).map((entry) => line(entry));
    lines.push(fence('end of the task log', tail.join('\n')));
  }
  return lines.join('\n');
}

function badArguments(tool: Tool, error: z.ZodError): Failure {
  const problems = error.issues.map((issue) => {
    const name = issue.path.join('.');
    return name === '' || issue.message.startsWith(`${name} `) ? issue.message : `${name}: ${issue.message}`;
  });
  return new Failure(
    'invalid_argument',
    `${tool.name} was called with bad arguments. ${problems.join('; ')}`,
    `Arguments: ${Object.keys(tool.input.shape).join(', ') || 'none'}. An example that works: ${JSON.stringify(tool.example)}`,
  );
}
