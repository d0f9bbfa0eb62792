// Clients of the bare wire, one for each way in. A call resolves with what came as an answer, and rejects where none came.
import http from 'node:http';
import { Pool } from 'undici';

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'soak', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
/** Above the server's longest wait for a task. */
const PATIENCE_MS = 90_000;

let lastId = 0;
export const request = (method, params) => ({ jsonrpc: '2.0', id: ++lastId, method, params });
export const initialize = (protocolVersion) =>
  request('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'soak', version: '1' } });
export const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** A call of 2026-07-28 with its headers. */
export function modernCall(name, args) {
  const headers = {
    ...JSON_HEADERS,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': name,
  };
  return { headers, message: request('tools/call', { name, arguments: args, _meta: META }) };
}

/** Calls with progress, which makes the answer a stream wherever there is something to tell. */
const oldCall = (name, args) =>
  request('tools/call', { name, arguments: args, _meta: { progressToken: lastId + 1 } });

function poster(url, token) {
  const pool = new Pool(url, { connections: 1, pipelining: 1, headersTimeout: PATIENCE_MS });
  return {
    async post(path, message, headers = JSON_HEADERS) {
      const body = typeof message === 'string' ? message : JSON.stringify(message);
      const answer = await pool.request({
        ...{ method: 'POST', path, body },
        headers: { ...headers, ...bearer(token) },
      });
      return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
    },
    close: () => pool.destroy(),
  };
}

/** The answer to one call, of a body that is JSON or a stream of events. */
function answerIn(text, id) {
  if (!text.startsWith('event:') && !text.startsWith(':')) return JSON.parse(text);
  for (const [, data] of text.matchAll(/^data: (.*)$/gm)) {
    const message = JSON.parse(data);
    if (message.id === id && !('method' in message)) return message;
  }
  throw new Error('the stream ended without the answer');
}

export const ways = {
  async modern(url, token) {
    const { post, close } = poster(url, token);
    return {
      async call(name, args) {
        const { message, headers } = modernCall(name, args);
        const { text } = await post('/mcp', message, headers);
        return { text, message: answerIn(text, message.id) };
      },
      raw: (body) => post('/mcp', body),
      close,
    };
  },
  async streamable(url, token) {
    const { post, close } = poster(url, token);
    const opened = await post('/mcp', initialize('2025-11-25'));
    const headers = { ...JSON_HEADERS, 'mcp-session-id': opened.headers['mcp-session-id'] };
    await post('/mcp', { jsonrpc: '2.0', method: 'notifications/initialized' }, headers);
    return {
      async call(name, args) {
        const message = oldCall(name, args);
        const { text } = await post('/mcp', message, headers);
        return { text, message: answerIn(text, message.id) };
      },
      raw: (body) => post('/mcp', body, headers),
      async close() {
        const options = { method: 'DELETE', headers: { ...headers, ...bearer(token) } };
        await fetch(`${url}/mcp`, options).catch(() => {});
        await close();
      },
    };
  },
  async sse(url, token) {
    const { post, close } = poster(url, token);
    const stream = await openSse(url, token);
    const rpc = (message) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no answer on the stream')), PATIENCE_MS);
        const settle = (done) => (value) => {
          clearTimeout(timer);
          stream.waiting.delete(message.id);
          done(value);
        };
        stream.waiting.set(message.id, { resolve: settle(resolve), reject: settle(reject) });
        post(stream.endpoint, message).then(({ status, text }) => {
          if (status !== 202) stream.waiting.get(message.id)?.reject(new Error(`${status}: ${text}`));
        }, stream.waiting.get(message.id).reject);
      });
    await rpc(initialize('2024-11-05'));
    await post(stream.endpoint, { jsonrpc: '2.0', method: 'notifications/initialized' });
    return {
      call: (name, args) => rpc(oldCall(name, args)),
      raw: (body) => post(stream.endpoint, body),
      close() {
        stream.close();
        return close();
      },
    };
  },
};

/** Opens an SSE stream; resolves when the server has named its address. */
export function openSse(url, token) {
  const waiting = new Map();
  return new Promise((resolve, reject) => {
    const headers = { accept: 'text/event-stream', ...bearer(token) };
    const get = http.get(`${url}/sse`, { headers, agent: false }, (response) => {
      const stream = { endpoint: '', waiting, ended: false, close: () => get.destroy() };
      const end = () => {
        stream.ended = true;
        for (const { reject: lost } of [...waiting.values()]) lost(new Error('the stream ended'));
      };
      response.on('close', end).on('error', end);
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
        for (let cut = text.indexOf('\n\n'); cut !== -1; cut = text.indexOf('\n\n')) {
          const event = text.slice(0, cut);
          text = text.slice(cut + 2);
          const data = /^data: (.*)$/m.exec(event)?.[1];
          if (data === undefined) continue;
          if (event.startsWith('event: endpoint')) {
            stream.endpoint = data;
            resolve(stream);
          } else {
            const message = JSON.parse(data);
            if (!('method' in message)) waiting.get(message.id)?.resolve({ text: data, message });
          }
        }
      });
    });
    get.on('error', reject);
  });
}

/** Opens a session of Streamable HTTP and its GET stream. */
export async function openGetStream(url, token) {
  const { post, close } = poster(url, token);
  const opened = await post('/mcp', initialize('2025-11-25'));
  const id = opened.headers['mcp-session-id'];
  await close();
  const headers = { accept: 'text/event-stream', 'mcp-session-id': id, ...bearer(token) };
  return new Promise((resolve, reject) => {
    const get = http.get(`${url}/mcp`, { headers, agent: false }, (response) => {
      const stream = { ended: false, status: response.statusCode, close: () => get.destroy() };
      const end = () => {
        stream.ended = true;
      };
      response.on('close', end).on('error', end).resume();
      resolve(stream);
    });
    get.on('error', reject);
  });
}
