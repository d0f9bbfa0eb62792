import type { Incoming } from './message.ts';

/** What the bytes so far amount to. */
export type Read =
  | { kind: 'more' }
  /** One whole request, or all of it that matters: a body that will be refused is not waited for. */
  | { kind: 'request'; request: Incoming; protocol: string; version: number; used: number; complete: boolean }
  /** The head of an upload; `length` bytes follow, which are taken as they come. */
  | { kind: 'upload'; request: Incoming; protocol: string; version: number; used: number; length: number }
  /** Not HTTP as Proxmox reads it: an error is answered before anything else is looked at. */
  | { kind: 'bad'; status: number; reason: string }
  /** Too many or too long header lines: Proxmox drops the connection (recorded on PVE 9.2). */
  | { kind: 'drop' };

const MAX_LINES = 64;
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_BODY = 512 * 1024;

/** Reads one request from the start of what a connection has sent. */
export function readRequest(bytes: Buffer): Read {
  let start = 0;
  while (bytes[start] === 13 || bytes[start] === 10) start++;
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return { kind: 'more' };
  const line = bytes.toString('latin1', start, lineEnd);
  const [, method, target, major, minor] = /(\S+) (\S+) HTTP\/(\d+)\.(\d+)/.exec(line) ?? [];
  if (method === undefined || target === undefined)
    return { kind: 'bad', status: 400, reason: 'bad request' };
  if (major !== '1') {
    return { kind: 'bad', status: 506, reason: `http protocol version ${major}.${minor} not supported` };
  }
  if (/^[^/]*@/.test(target)) return { kind: 'bad', status: 400, reason: 'invalid url' };

  const headEnd = bytes.indexOf('\r\n\r\n', lineEnd);
  const head = bytes.toString('latin1', lineEnd + 2, headEnd < 0 ? bytes.length : headEnd);
  const lines = head === '' ? [] : head.split('\r\n');
  if (lines.length + 1 >= MAX_LINES || head.length - 2 * (lines.length - 1) >= MAX_HEADER_BYTES)
    return { kind: 'drop' };
  if (headEnd < 0) return { kind: 'more' };
  const headers = readHeaders(lines);
  if (!headers) return { kind: 'bad', status: 506, reason: 'unable to parse request header' };

  const length = headers['transfer-encoding'] ? 0 : Number(headers['content-length'] ?? 0) || 0;
  const parts = headers['content-type']?.startsWith('multipart/form-data');
  if (method === 'POST' && parts && length > 0 && /\/upload(?:\?|$)/.test(target)) {
    const request = { method, target, headers, body: '' };
    return {
      kind: 'upload',
      request,
      protocol: line.slice(-8),
      version: Number(minor),
      used: headEnd + 4,
      length,
    };
  }
  const complete = length <= MAX_BODY && !headers['transfer-encoding'];
  const bodyStart = headEnd + 4;
  const used = bodyStart + (complete ? length : 0);
  if (bytes.length < used) return { kind: 'more' };
  const body = complete && length > 0 ? bytes.toString('latin1', bodyStart, used) : '';
  const request = { method, target, headers, body };
  return {
    kind: 'request',
    request,
    protocol: `HTTP/${major}.${minor}`,
    version: Number(minor),
    used,
    complete,
  };
}

function readHeaders(lines: string[]): Record<string, string> | undefined {
  const headers: Record<string, string> = Object.create(null);
  let last: string | undefined;
  for (const line of lines) {
    const [, name, value] = /^([^:\s]+)\s*:\s*(.*)/.exec(line) ?? [];
    if (name !== undefined) {
      last = name.toLowerCase();
      headers[last] = headers[last] === undefined ? (value as string) : `${headers[last]}, ${value}`;
    } else if (/^\s+/.test(line) && last !== undefined) {
      headers[last] += ` ${line.trimStart()}`;
    } else return undefined;
  }
  return headers;
}
