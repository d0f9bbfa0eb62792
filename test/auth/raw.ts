import { request as httpRequest } from 'node:http';
import { onTestFinished } from 'vitest';

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** One request as written, which lets a test set any header. */
export function ask(url: string, path: string, { method, headers = {}, body }: Asking = {}): Promise<Reply> {
  const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  return new Promise((resolve, reject) => {
    const options = {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { ...(body !== undefined && json), ...headers },
      agent: false as const,
    };
    const request = httpRequest(`${url}${path}`, options, (response) => {
      let text = '';
      response.on('data', (part) => (text += part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export const hello = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

/** A tool call of an old revision. */
export function toolCall(name: string, args: Record<string, unknown> = {}, id = 1) {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } };
}

/** A tool call of 2026-07-28, and the headers that go with it. */
export function modernCall(name: string, args: Record<string, unknown> = {}) {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name };
  const body = { ...toolCall(name, args), params: { name, arguments: args, _meta: meta } };
  return { headers, body };
}

/** Opens an SSE stream; answers the address for posts and what has come so far. */
export async function openSse(url: string, token: string): Promise<{ address: string; text: () => string }> {
  let text = '';
  return new Promise((resolve, reject) => {
    const headers = { accept: 'text/event-stream', ...bearer(token) };
    const request = httpRequest(`${url}/sse`, { headers, agent: false }, (response) => {
      response.on('data', (part) => {
        text += part;
        const address = text.match(/data: (\S+)/)?.[1];
        if (address !== undefined) resolve({ address, text: () => text });
      });
    });
    request.on('error', reject);
    request.end();
    onTestFinished(() => {
      request.off('error', reject).on('error', () => {});
      request.destroy();
    });
  });
}
