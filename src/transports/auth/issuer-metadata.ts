/** Asks a web server, as `fetch` does. */
export type Fetch = (url: string, options: { signal: AbortSignal; redirect: 'error' }) => Promise<Response>;

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 512 * 1024;

/** A JSON object from an authorization server. Throws an `Error` that says what is wrong, without what came. */
export async function readJson(fetch: Fetch, url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  }
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    text += decoder.decode(part as Uint8Array, { stream: true });
    if (text.length > MAX_BYTES) throw new Error(`${url} answered more than ${MAX_BYTES} bytes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${url} did not answer JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${url} did not answer a JSON object`);
  return value as Record<string, unknown>;
}

/** Where an issuer says that its keys are (OpenID Connect Discovery, RFC 8414). */
export async function findJwksUrl(fetch: Fetch, issuer: string): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = new Set([
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
  ]);
  const problems: string[] = [];
  for (const place of places) {
    try {
      const metadata = await readJson(fetch, place);
      // Metadata of another issuer names keys of another issuer.
      if (metadata.issuer !== issuer) throw new Error(`${place} is not the metadata of that issuer`);
      const url = String(metadata.jwks_uri);
      if (!URL.canParse(url) || (new URL(url).protocol !== 'https:' && new URL(url).origin !== origin))
        throw new Error(`${place} names no keys over https`);
      return url;
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new Error(problems.join('; '));
}
