import * as z from 'zod';
import type { LoginConfig } from './logins.ts';

const USER = /^[^\s:/@!]+@[A-Za-z][\w.-]*$/;
const TOKEN = /^([^\s:/@!]+@[A-Za-z][\w.-]*)!([A-Za-z][\w.-]*)$/;
const NAME = /^[A-Za-z][\w.-]*$/;
/** As Proxmox makes the secrets of tokens. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** What stands before a token in the header of a request, as examples of Proxmox show it. */
const PREFIX = /^(Authorization: *)?PVEAPIToken=/i;

/** What the setting of the user means. */
export const userName = z.string().superRefine((text, context) => {
  const problem = USER.test(text) ? undefined : wrongUser(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** What the setting of the token means: `name` or `user@realm!name`. */
export const tokenId = z.string().transform((pasted, context) => {
  const text = pasted.replace(PREFIX, '');
  const problem = (NAME.test(text) && !UUID.test(text)) || TOKEN.test(text) ? undefined : wrongToken(text);
  if (problem === undefined) return text;
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
});

function wrongUser(text: string): string {
  if (text.includes('!')) return 'user@realm!name is a token: put it into PROXMOX_TOKEN_ID instead';
  if (!text.includes('@'))
    return 'the realm is missing: root@pam for a user of the host, mcp@pve for one that was made in Proxmox';
  return 'expected user@realm, for example root@pam';
}

function wrongToken(text: string): string {
  if (UUID.test(text))
    return "this is a token's secret, which belongs into PROXMOX_PASSWORD; here goes user@realm!name";
  if (text.includes('='))
    return 'the secret is in it too: keep what stands before the =, and put what stands behind it into PROXMOX_PASSWORD';
  if (USER.test(text)) return "the token's name is missing: expected user@realm!name";
  if (text.includes('!')) return 'the realm is missing: expected user@realm!name, such as mcp@pve!assistant';
  return "expected the token's name, or user@realm!name; its secret belongs into PROXMOX_PASSWORD";
}

/** The three settings of a login, each as it was read. */
export interface LoginValues {
  user: string | undefined;
  tokenId: string | undefined;
  password: string | undefined;
}

/**
 * Puts the settings of the login together, and adds what is wrong with them. Undefined where something is.
 *
 * @param wrong settings of which that is said already
 */
export function readLogin(
  values: LoginValues,
  wrong: ReadonlySet<string>,
  problems: string[],
): LoginConfig | undefined {
  const whole = values.password === undefined ? undefined : wholeToken(values.password);
  const id = values.tokenId ?? whole?.id;
  const [, owner, name] = TOKEN.exec(id ?? '') ?? [];
  const user = values.user ?? owner;
  const before = problems.length;
  if (owner !== undefined && owner !== user)
    problems.push(`PROXMOX_TOKEN_ID is a token of ${owner}, but PROXMOX_USER is ${user}`);
  if (whole !== undefined && id !== whole.id && name !== undefined)
    problems.push(`PROXMOX_PASSWORD is the secret of another token than PROXMOX_TOKEN_ID`);
  // No token's secret has spaces or quotes around it; what people paste has.
  const password =
    id === undefined
      ? values.password
      : (whole?.secret ?? values.password)?.trim().replace(/^(["'])(.*)\1$/, '$2');
  if (id !== undefined && password !== undefined && /\s/.test(password))
    problems.push("PROXMOX_PASSWORD: a token's secret has no spaces");
  if (user === undefined && !wrong.has('user') && !wrong.has('tokenId'))
    problems.push('PROXMOX_USER is missing (user@realm; or PROXMOX_TOKEN_ID as user@realm!name)');
  if (password === undefined && !wrong.has('password'))
    problems.push("PROXMOX_PASSWORD is missing (the API token's secret, or the password)");
  if (user === undefined || password === undefined || problems.length > before) return undefined;
  return id === undefined
    ? { kind: 'password', user, password }
    : { kind: 'token', user, tokenName: name ?? id, secret: password };
}

/** `[PVEAPIToken=]user@realm!name=secret`, a whole token, as Proxmox's examples have it. */
function wholeToken(pasted: string): { id: string; secret: string } | undefined {
  const text = pasted.trim();
  const [id = '', secret = '', ...more] = text.replace(PREFIX, '').split('=');
  if (!TOKEN.test(id) || more.length > 0) return undefined;
  return UUID.test(secret) || (PREFIX.test(text) && secret !== '') ? { id, secret } : undefined;
}
