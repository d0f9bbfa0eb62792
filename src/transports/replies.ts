import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { MAX_BODY_BYTES, readJson } from './body.ts';
import { sendError } from './exchange.ts';
import { isMessage } from './message.ts';

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const MAX_BATCH = 100;

/** Whether it is what a POST may hold: JSON-RPC messages, not too many. */
export function areMessages(values: unknown[]): values is JSONRPCMessage[] {
  return values.length > 0 && values.length <= MAX_BATCH && values.every(isMessage);
}

/** The body, or undefined where it is none, which has been answered then. */
export async function jsonBody(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<{ value: unknown } | undefined> {
  const body = await readJson(request);
  if (body.kind === 'json') return body;
  if (body.kind === 'too-large') {
    // What is still coming is not read: the connection ends with this answer.
    sendError(response, 413, -32000, `The message is larger than ${MAX_BODY_BYTES} bytes.`, null, {
      connection: 'close',
    });
  } else if (body.kind === 'not-json') {
    sendError(response, 400, PARSE_ERROR, 'Parse error: the body is not valid JSON.');
  }
  return undefined;
}

/** The body is JSON, and not what was wanted. */
export function invalid(response: ServerResponse): void {
  sendError(response, 400, INVALID_REQUEST, 'Invalid request: the body is not a JSON-RPC 2.0 message.');
}

/** The address is right, and the method is not. */
export function notAllowed(request: IncomingMessage, response: ServerResponse, allow: string): void {
  response.setHeader('allow', allow);
  refuse(request, response, 405, `Method not allowed here. Allowed: ${allow}.`);
}

/** Turned away before the protocol begins: plain text, and the body that may be on its way is not waited for. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  const close = request.method === 'POST' || status === 503 ? { connection: 'close' } : {};
  response
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers, ...close })
    .end(`${message}\n`);
}
