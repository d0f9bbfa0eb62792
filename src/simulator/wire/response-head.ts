import { STATUS_CODES } from 'node:http';
import type { Answer } from './message.ts';

/** How one answer goes out on its connection. */
export interface Delivery {
  /** When, in milliseconds since 1970. */
  now: number;
  /** Whether the connection stays open after it. */
  keepAlive: boolean;
  /** Bytes of the body as sent. */
  length: number;
  gzip?: boolean;
}

/**
 * The header lines of pveproxy, in its order (recorded on PVE 9.2). An answer without a body has no Content-Length; one
 * that came from pvedaemon or another node carries that connection's `Connection` line before pveproxy's own.
 */
export function headerLines(
  answer: Answer,
  { now, keepAlive, length, gzip }: Delivery,
): [name: string, value: string][] {
  const date = new Date(now).toUTCString();
  const lines: [string, string][] = [];
  const fresh = answer.modified === undefined;
  if (fresh) lines.push(['Cache-Control', 'max-age=0']);
  if (keepAlive && answer.from === 'daemon') lines.push(['Connection', 'close']);
  if (keepAlive && answer.from === 'node') lines.push(['Connection', 'Keep-Alive']);
  lines.push(['Connection', keepAlive ? 'Keep-Alive' : 'close'], ['Date', date]);
  if (fresh) lines.push(['Pragma', 'no-cache']);
  const location = answer.headers?.Location;
  if (location !== undefined) lines.push(['Location', location]);
  lines.push(['Server', 'pve-api-daemon/3.0']);
  if (gzip) lines.push(['Content-Encoding', 'gzip']);
  if (length > 0) lines.push(['Content-Length', String(length)]);
  if (answer.contentType !== undefined) lines.push(['Content-Type', answer.contentType]);
  if (fresh) lines.push(['Expires', date]);
  else lines.push(['Last-Modified', new Date((answer.modified as number) * 1000).toUTCString()]);
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (name !== 'Location') lines.push([name, value]);
  }
  return lines;
}

/** Status line and headers, one character per byte. */
export function responseHead(protocol: string, answer: Answer, delivery: Delivery): string {
  const reason = answer.reason || (STATUS_CODES[answer.status] ?? '');
  let head = `${protocol} ${answer.status} ${reason}\r\n`;
  for (const [name, value] of headerLines(answer, delivery)) head += `${name}: ${value}\r\n`;
  return `${head}\r\n`;
}
