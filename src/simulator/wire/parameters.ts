import { decodeJsonBody } from './json-body.ts';
import type { Incoming } from './message.ts';
import { decodeBytes, utf8Of } from './percent.ts';

/** Parameters as they came: a text, an array where a name came twice, null where a name came without a value. */
export type Parameters = Record<string, unknown>;

/** Form data as Proxmox reads it: `&` and `;` part pairs, `key=` and `key` are no value, the second `=` ends a value. */
export function decodeForm(data: string): Parameters {
  const found: Parameters = Object.create(null);
  const pairs = data.replace(/[&;]+$/, '');
  if (pairs === '') return found;
  for (const pair of pairs.split(/[&;]/)) {
    const parts = pair.split('=');
    const key = decodeBytes((parts[0] as string).replaceAll('+', ' '));
    const rest = parts.slice(1);
    // A value is there only if something other than "=" follows the first one.
    if (rest.every((part) => part === '')) {
      found[key] = null;
      continue;
    }
    const value = utf8Of(decodeBytes((rest[0] as string).replaceAll('+', ' ')));
    const old = found[key];
    if (old === undefined || old === null) found[key] = value;
    else if (Array.isArray(old)) old.push(value);
    else found[key] = [old, value];
  }
  return found;
}

/** The media type of a `Content-Type`, without its parameters. */
export function mediaType(header: string | undefined): string | undefined {
  return header?.split(/\s*[;,]\s*/, 1)[0] || undefined;
}

/** All parameters of a request but those in its path. The query beats the body. Throws what Perl would die of. */
export function readParameters(request: Incoming, query: string): Parameters {
  const hasBody = request.method === 'POST' || request.method === 'PUT';
  const isJson = hasBody && mediaType(request.headers['content-type']) === 'application/json';
  const body = isJson ? decodeJsonBody(request.body) : decodeForm(hasBody ? request.body : '');
  const all = Object.assign(body, decodeForm(query));
  // The web interface adds this against caches.
  delete all._dc;
  return all;
}
