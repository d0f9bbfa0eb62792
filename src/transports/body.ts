import type { IncomingMessage } from 'node:http';

/** The largest message a client may send: 4 MiB, as the MCP SDK has it. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** What came as a body: JSON, or why it is none. */
export type Body =
  | { kind: 'json'; value: unknown }
  | { kind: 'too-large' }
  | { kind: 'not-json' }
  /** The client left before it had said everything. */
  | { kind: 'cut' };

/** Reads a request's body as JSON, stopping as soon as it grows too large. */
export function readJson(request: IncomingMessage): Promise<Body> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size > MAX_BODY_BYTES) {
        parts.length = 0;
        resolve({ kind: 'too-large' });
      } else {
        parts.push(part);
      }
    });
    request.once('end', () => resolve(parse(parts)));
    request.once('error', () => resolve({ kind: 'cut' }));
    request.once('close', () => resolve({ kind: 'cut' }));
  });
}

function parse(parts: Buffer[]): Body {
  try {
    const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    return { kind: 'json', value: JSON.parse(bytes.toString('utf8')) };
  } catch {
    return { kind: 'not-json' };
  }
}
