import type { World } from '../world/world.ts';
import { isUpload } from './authenticate.ts';
import type { Incoming } from './message.ts';
import { readParts } from './multipart.ts';
import { decodeForm, mediaType, type Parameters } from './parameters.ts';

/** How the parts of an upload are kept apart; `undefined` for every request that is none. */
export function uploadBoundary(request: Incoming, path: string): string | undefined {
  const type = request.headers['content-type'];
  if (request.method !== 'POST' || !isUpload(path) || mediaType(type) !== 'multipart/form-data')
    return undefined;
  return type
    ?.split(/\s*[;,]\s*/)
    .map((part) => /^\s*boundary\s*=\s*(\S+)\s*$/.exec(part)?.[1])
    .find((boundary) => boundary !== undefined);
}

/** Takes an upload in: its parameters, with the path under which the file lies until the call has looked at it. */
export async function receiveUpload(
  request: Incoming,
  boundary: string,
  query: string,
  world: World,
): Promise<Parameters> {
  const parts = await readParts(request.stream ?? whole(request.body), boundary);
  const tmpfilename = world.temporary.add(parts, world.clock.now());
  const { _dc, ...inQuery } = decodeForm(query);
  return { ...inQuery, ...parts.params, tmpfilename };
}

async function* whole(body: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(body, 'latin1');
}
