import { Failure } from '../failure.ts';
import { MAX_APIDOC, parseApidoc } from '../schema/apidoc-parse.ts';
import { Catalog } from '../schema/catalog.ts';
import type { Api } from './api.ts';
import { isHtml } from './explain.ts';
import type { Kept } from './kept-schema.ts';

/** How long a description may take to come as a whole, in milliseconds. */
export const PATIENCE = 10_000;

/** PVE 9.2 has 661, PBS 4 has 349; far fewer are the work of somebody in between. */
const FEWEST_METHODS = 50;

/** What a server said when it was asked for its description. */
export type Description = 'unchanged' | { catalog: Catalog; modified?: string; etag?: string };

/**
 * Asks the connected server for the description of its API. pveproxy answers with `Last-Modified`, and with 304 to an
 * `If-Modified-Since`; it knows no ETag (pve-http-server, 2026). Servers that know neither send the whole again.
 *
 * @throws Failure that says why there is none
 */
export async function readDescription(
  api: Api,
  kept: Kept | undefined,
  patienceMs: number,
): Promise<Description> {
  const signal = AbortSignal.timeout(patienceMs);
  const headers: Record<string, string> = {};
  if (kept?.modified !== undefined) headers['if-modified-since'] = kept.modified;
  if (kept?.etag !== undefined) headers['if-none-match'] = kept.etag;
  const options = { signal, timeoutMs: patienceMs, largest: MAX_APIDOC };
  const page = await api.page(api.product.apidoc, headers, options).catch((error: unknown) => {
    throw signal.aborted ? notRead(`it did not come within ${patienceMs / 1000} seconds`) : error;
  });
  if (page.status === 304 && kept !== undefined) return 'unchanged';
  if (page.status !== 200) throw notRead(`the server answered ${page.status}`);
  if (isHtml(page)) throw notRead('a web page came instead');
  const { 'last-modified': modified, etag } = page.headers;
  return {
    catalog: believable(page.body),
    ...(modified !== undefined && { modified }),
    ...(etag !== undefined && { etag }),
  };
}

/** @throws Failure for a text that is no description, or one of too little. */
export function believable(text: string): Catalog {
  const methods = parseApidoc(text);
  if (methods.length < FEWEST_METHODS) throw notRead(`it has ${methods.length} methods, which can't be all`);
  return new Catalog(methods);
}

function notRead(why: string): Failure {
  return new Failure('bad_answer', why, 'Look for a proxy in between.');
}
