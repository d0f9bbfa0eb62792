import * as z from 'zod';
import type { AuthToken } from './auth-tokens.ts';

/** How to log in to Proxmox. */
export type LoginConfig =
  | { kind: 'token'; user: string; tokenName: string; secret: string }
  | { kind: 'password'; user: string; password: string };

/** Who acts at Proxmox for whom. */
export interface LoginsConfig {
  /** By identity: the name of a token, or `oauth:` and the subject. */
  own: ReadonlyMap<string, LoginConfig>;
  /** Whether somebody without a login of their own acts with the server's. */
  others: 'refuse' | 'default';
}

const secret = z.string().regex(/^[^\p{Cc}]+$/u);
const login = z.union([
  z
    .strictObject({ tokenId: z.string().regex(/^[^\s:/@!]+@[A-Za-z][\w.-]*![A-Za-z][\w.-]*$/), secret })
    .transform(({ tokenId, secret }): LoginConfig => {
      const [user = '', tokenName = ''] = tokenId.split('!');
      return { kind: 'token', user, tokenName, secret };
    }),
  z
    .strictObject({ user: z.string().regex(/^[^\s:/@!]+@[A-Za-z][\w.-]*$/), password: secret })
    .transform(({ user, password }): LoginConfig => ({ kind: 'password', user, password })),
]);

/** Reads `{"alice": {"tokenId": "alice@pve!mcp", "secret": "…"}}`. No value is repeated in a problem. */
export const loginsText = z.string().transform((text, context) => {
  const refuse = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const own = new Map<string, LoginConfig>();
  let all: unknown;
  try {
    all = JSON.parse(text);
  } catch {
    return refuse('is not JSON');
  }
  if (typeof all !== 'object' || all === null || Array.isArray(all))
    return refuse('expected {"identity": {"tokenId": "user@realm!name", "secret": "…"}, …}');
  for (const [index, [identity, entry]] of Object.entries(all).entries()) {
    const parsed = login.safeParse(entry);
    if (!parsed.success)
      return refuse(
        `entry ${index + 1}: expected {"tokenId": "user@realm!name", "secret": "…"} or {"user": "user@realm", "password": "…"}`,
      );
    own.set(identity, parsed.data);
  }
  return own.size > 0 ? own : refuse('holds no login');
});

/** Adds what is wrong with logins that are right each by itself. */
export function checkLogins(
  { own, others }: LoginsConfig,
  about: { demo: boolean; http: boolean; tokens: readonly AuthToken[] },
  problems: string[],
): void {
  if (own.size === 0) return;
  if (about.demo) problems.push('MCP_LOGINS: the simulated cluster has one login; leave --demo or this out');
  if (!about.http) problems.push('MCP_LOGINS: over stdio there is one caller, whose login is PROXMOX_USER');
  const without = about.tokens.find(({ name }) => others === 'refuse' && !own.has(name));
  if (without !== undefined)
    problems.push(
      `MCP_LOGINS has no login for ${without.name}, who has a token: add one, or set MCP_LOGINS_OTHERS=default`,
    );
}
