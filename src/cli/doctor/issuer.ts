import type { OAuthConfig } from '../../config/access.ts';
import { line } from '../../render/untrusted.ts';
import { type Fetch, findJwksUrl, readJson } from '../../transports/auth/issuer-metadata.ts';
import { bad, type Finding, good, note } from './finding.ts';

/** Tokens say from when until when they are good; the server forgives 30 s. */
const FAR_APART = 30_000;

/** Whether access tokens of that issuer can be checked: its metadata, its keys, its clock. */
export async function* issuerOf(
  oauth: OAuthConfig,
  fetch: Fetch,
  now: () => number,
): AsyncGenerator<Finding> {
  const { issuer, jwksUrl, audience } = oauth;
  let apart: number | undefined;
  const timed: Fetch = async (url, options) => {
    const response = await fetch(url, options);
    const there = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(there)) apart = Math.abs(now() - there);
    return response;
  };
  let keysAt: string;
  try {
    keysAt = jwksUrl ?? (await findJwksUrl(timed, issuer));
  } catch (error) {
    yield bad(
      'OAuth',
      `The metadata of ${issuer} can't be used: ${why(error)}.`,
      'MCP_OAUTH_ISSUER must be written as the metadata has it in "issuer", to the last slash; or set MCP_OAUTH_JWKS_URL.',
    );
    return;
  }
  try {
    const { keys } = await readJson(timed, keysAt);
    const count = Array.isArray(keys) ? keys.length : 0;
    yield count > 0
      ? good(
          'OAuth',
          `${issuer} has ${count} key${count === 1 ? '' : 's'} for tokens made for ${audience.join(', ')}.`,
        )
      : bad(
          'OAuth',
          `There are no keys at ${line(keysAt, 200)}, so no access token is good.`,
          'Look after the authorization server, or correct MCP_OAUTH_JWKS_URL.',
        );
  } catch (error) {
    yield bad(
      'OAuth',
      `The keys at ${line(keysAt, 200)} can't be read: ${why(error)}.`,
      'Until they can, access tokens are answered with 503. Check the way there and, for a private authority, NODE_EXTRA_CA_CERTS.',
    );
    return;
  }
  if (apart !== undefined && apart > FAR_APART)
    yield note(
      'OAuth',
      `The clock of the issuer is ${Math.round(apart / 1000)} s from the one here.`,
      'Set both by NTP: else a new token may not be good yet, or be over too early.',
    );
}

function why(error: unknown): string {
  const { message, cause } = error as Error;
  const code = (cause as { code?: string } | undefined)?.code;
  return line(code === undefined ? message : `${message} (${code})`, 400);
}
