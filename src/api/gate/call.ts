import { Failure } from '../../failure.ts';
import type { Verb, WireRequest } from '../wire.ts';

/** A request as Proxmox will understand it, read back from the very bytes that will be sent. */
export interface Call {
  verb: Verb;
  /** Decoded, without `/api2/json`: `/nodes/pve1/qemu/100/config`. */
  path: string;
  /** From the query and the body, decoded; a name given more than once has a list. */
  params: Record<string, string | string[]>;
}

/** Reads a request back from its bytes. `prefix` is what stands before the path of the API. */
export function readCall({ method, path: whole, body }: WireRequest, prefix: string): Call {
  const [path = '', query = ''] = whole.split('?');
  if (!path.startsWith(`${prefix}/`)) {
    throw new Failure('internal', 'A request outside of the API was about to be sent.', 'Report this.');
  }
  const params: Call['params'] = {};
  for (const text of [query, body ?? '']) {
    for (const [name, value] of new URLSearchParams(text)) {
      const before = Object.hasOwn(params, name) ? params[name] : undefined;
      params[name] = before === undefined ? value : [before, value].flat();
    }
  }
  return { verb: method, path: decodeURIComponent(path.slice(prefix.length)), params };
}
