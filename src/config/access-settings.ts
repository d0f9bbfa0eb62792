import * as z from 'zod';
import { parseAuthTokens } from './auth-tokens.ts';
import { loginsText } from './logins.ts';
import { list, setting, wholeNumber } from './setting.ts';

/** An address, or a network as `10.0.0.0/8`. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const isIPv6 = address.includes(':');
  const host = isIPv6 ? `[${address}]` : address;
  if (!isIPv6 && !/^\d+(\.\d+){3}$/.test(address)) return false;
  if (!URL.canParse(`http://${host}`) || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv6 ? 128 : 32));
}

/** An address that only the machine itself may give out in plain text. */
const secureUrl = z
  .string()
  .refine((text) => /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/])[^\s?#@]+$/i.test(text), {
    error: 'expected https://host[/path]',
  })
  .refine((text) => URL.canParse(text), { error: 'expected https://host[/path]' });

/** Who may come in over HTTP. */
export const accessSettings = {
  auth: setting({
    env: 'MCP_AUTH',
    flag: 'auth',
    schema: z.enum(['none'], {
      error: 'expected none, or nothing: tokens and OAuth have settings of their own',
    }),
    shape: 'none',
    help: 'none: whoever reaches http may use it, on whatever address it listens.',
  }),
  authTokens: setting({
    env: 'MCP_AUTH_TOKEN',
    secret: true,
    schema: z.string().transform((text, context) => {
      const { tokens, problem } = parseAuthTokens(text);
      if (problem === undefined) return tokens;
      context.addIssue({ code: 'custom', message: problem });
      return z.NEVER;
    }),
    shape: 'name:scope:token, …',
    help: 'Bearer tokens for http, one per line or comma. The scope is read, change or danger. A bare token is default:danger.',
  }),
  oauthIssuer: setting({
    env: 'MCP_OAUTH_ISSUER',
    flag: 'oauth-issuer',
    schema: secureUrl,
    shape: 'https URL',
    help: 'The authorization server whose access tokens (JWT) http takes.',
  }),
  oauthAudience: setting({
    env: 'MCP_OAUTH_AUDIENCE',
    flag: 'oauth-audience',
    schema: list.refine((entries) => entries.length > 0, { error: 'expected at least one audience' }),
    shape: 'word, …',
    help: 'What such a token must be made for: one of these must be its aud.',
  }),
  oauthJwksUrl: setting({
    env: 'MCP_OAUTH_JWKS_URL',
    flag: 'oauth-jwks-url',
    schema: secureUrl,
    shape: 'https URL',
    help: "Where the issuer's keys are. Default: where its metadata says.",
  }),
  oauthScopePrefix: setting({
    env: 'MCP_OAUTH_SCOPE_PREFIX',
    flag: 'oauth-scope-prefix',
    schema: z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]*$/, { error: 'holds what no scope may' }),
    shape: 'text',
    default: 'proxmox:',
    help: 'What stands before read, change and danger in the scopes of such a token.',
  }),
  logins: setting({
    env: 'MCP_LOGINS',
    secret: true,
    schema: loginsText,
    shape: 'JSON',
    help: 'Who acts at Proxmox for whom: {"alice": {"tokenId": "alice@pve!mcp", "secret": "…"}}. The names are those of tokens, or oauth: and the subject.',
  }),
  loginsOthers: setting({
    env: 'MCP_LOGINS_OTHERS',
    flag: 'logins-others',
    schema: z.enum(['refuse', 'default'], { error: 'expected refuse or default' }),
    shape: 'refuse or default',
    default: 'refuse',
    help: 'What becomes of a caller who is not in MCP_LOGINS; default: PROXMOX_USER acts for them.',
  }),
  trustedProxies: setting({
    env: 'MCP_TRUSTED_PROXIES',
    flag: 'trusted-proxies',
    schema: list.refine((entries) => entries.every(isNetwork), {
      error: 'expected a comma list of addresses and networks, for example 10.0.0.0/8',
    }),
    shape: 'address, network/bits',
    help: 'Proxies in front of http, whose X-Forwarded-For, -Host and -Proto are believed.',
  }),
  pathPrefix: setting({
    env: 'MCP_PATH_PREFIX',
    flag: 'path-prefix',
    schema: z.string().regex(/^(\/[\w.~-]+)+$/, { error: 'expected /word' }),
    shape: '/word',
    default: 'the path of MCP_PUBLIC_URL',
    help: 'What stands before /mcp and /sse outside, where a proxy puts this server below a path.',
  }),
  metrics: setting({
    env: 'MCP_METRICS',
    flag: 'metrics',
    schema: z.enum(['token', 'open', 'off'], { error: 'expected token, open or off' }),
    shape: 'token, open or off',
    default: 'token',
    help: 'Who sees /metrics (Prometheus): whoever has a token for http, everybody, or nobody.',
  }),
  rateLimit: setting({
    env: 'MCP_RATE_LIMIT',
    flag: 'rate-limit',
    schema: wholeNumber(0, 1_000_000),
    shape: 'requests a minute',
    default: '1200 where callers log in, else 0',
    help: 'How much one identity may ask of http, of all replicas where they share MCP_STORE; 0: as much as it likes.',
  }),
  concurrency: setting({
    env: 'MCP_CONCURRENCY',
    flag: 'concurrency',
    schema: wholeNumber(0, 100_000),
    shape: 'number',
    default: '64 where callers log in, else 0',
    help: 'How many tool calls one identity may have under way over http, at each replica; 0: any number.',
  }),
  sessionIdle: setting({
    env: 'MCP_SESSION_IDLE',
    flag: 'session-idle',
    schema: wholeNumber(10, 2_000_000),
    shape: 'seconds',
    default: '3600',
    help: 'After how long a session over http ends in which nothing is said. One with an open stream does not.',
  }),
  sessionMax: setting({
    env: 'MCP_SESSION_MAX',
    flag: 'session-max',
    schema: wholeNumber(10, 2_000_000),
    shape: 'seconds',
    default: '86400',
    help: 'After how long a session or SSE stream ends at the latest; the client opens a new one.',
  }),
} as const;
