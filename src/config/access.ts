import type { AuthToken } from './auth-tokens.ts';

/** Whose access tokens are taken over HTTP. */
export interface OAuthConfig {
  /** As it stands in tokens. */
  issuer: string;
  /** What tokens must be made for: one of these. */
  audience: readonly string[];
  /** Where the issuer's keys are; undefined: as its metadata says. */
  jwksUrl: string | undefined;
  /** `proxmox:` makes the scopes `proxmox:read`, `proxmox:change` and `proxmox:danger`. */
  scopePrefix: string;
}

/** Who may come in over HTTP: whoever has a token or an access token; anybody where there is neither. */
export interface AccessConfig {
  tokens: readonly AuthToken[];
  oauth: OAuthConfig | undefined;
  /** Whether it was said out loud that nobody is asked. */
  none: boolean;
}

export interface AccessValues {
  http: boolean;
  host: string;
  auth: 'none' | undefined;
  tokens: readonly AuthToken[] | undefined;
  issuer: string | undefined;
  audience: readonly string[] | undefined;
  jwksUrl: string | undefined;
  scopePrefix: string | undefined;
}

/** Puts the settings together, and adds what is wrong with them. */
export function readAccess(values: AccessValues, problems: string[]): AccessConfig {
  const { http, host, auth, tokens = [], issuer, audience, jwksUrl, scopePrefix = 'proxmox:' } = values;
  const bad = (name: string) => problems.some((problem) => problem.startsWith(name));
  const oauthMeant = (issuer ?? audience ?? jwksUrl) !== undefined || bad('MCP_OAUTH_');
  const asks = tokens.length > 0 || oauthMeant || bad('MCP_AUTH_TOKEN');
  if (auth === 'none' && asks)
    problems.push('MCP_AUTH is none, but there are tokens or OAuth settings: leave one of them out');
  if (issuer !== undefined && audience === undefined && !bad('MCP_OAUTH_AUDIENCE'))
    problems.push("MCP_OAUTH_AUDIENCE is missing (what the issuer's tokens must be made for)");
  if (issuer === undefined && (audience ?? jwksUrl) !== undefined && !bad('MCP_OAUTH_ISSUER'))
    problems.push('MCP_OAUTH_ISSUER is missing (the authorization server)');
  if (http && !asks && auth === undefined && !isLoopback(host) && !bad('MCP_AUTH'))
    problems.push(
      `MCP_AUTH_TOKEN is missing (http on ${host} can be reached from elsewhere: whoever reached it could use Proxmox. ` +
        'Set a token of 16 characters or more, or MCP_OAUTH_ISSUER; MCP_AUTH=none where nobody is to be asked)',
    );
  const oauth =
    issuer === undefined || audience === undefined ? undefined : { issuer, audience, jwksUrl, scopePrefix };
  return { tokens, oauth, none: auth === 'none' };
}

/** Whether only this machine reaches that address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
