import { parseArgs } from 'node:util';
import { readServerUrl } from '../../api/server-url.ts';
import { Failure } from '../../failure.ts';
import { isLevel, type Level } from './levels.ts';

export const USAGE = `proxmox-mcp init               makes a login for this server in Proxmox, and its settings file; asks for what is not said
proxmox-mcp init --dry-run     prints the pveum lines that do the same, and does nothing
proxmox-mcp init --remove      undoes it: token, user, role and permissions that init made, and the settings file

  --url …             the Proxmox server, or several of one cluster (a comma list)
  --level …           read, operate or full
  --user …            the user to make; default mcp@pve
  --token-name …      the API token to make; default mcp
  --admin …           who logs in this once to make them; default root@pam
  --password-file …   that one's password; else it is asked for, or the first line of stdin
  --totp …            that one's code of the second factor (each works once), or a recovery code
  --fingerprint …     SHA-256 of the server's certificate, where nobody can be asked to compare it
  --out …             the settings file; default ~/.config/proxmox-mcp/proxmox.env
  --force             write over that file
  --regenerate        replace a token of that name that init made before: its old secret ends
  --yes               do it without asking; without a terminal it must be said
  --json              print the result as JSON, all else to stderr
`;

/** What the flags say; undefined where a person can be asked. */
export interface InitOptions {
  urls: readonly string[] | undefined;
  level: Level | undefined;
  user: string | undefined;
  tokenName: string | undefined;
  admin: string | undefined;
  passwordFile: string | undefined;
  totp: string | undefined;
  fingerprints: readonly string[] | undefined;
  out: string | undefined;
  force: boolean;
  regenerate: boolean;
  yes: boolean;
  json: boolean;
  /** What is to be done. */
  task: 'make' | 'dry-run' | 'remove' | 'help';
}

/** @throws Failure `config` */
export function parseInit(args: string[]): InitOptions {
  const string = { type: 'string' } as const;
  const yes = { type: 'boolean' } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        ...{ url: string, level: string, user: string, 'token-name': string, admin: string, totp: string },
        ...{ 'password-file': string, fingerprint: string, out: string, force: yes, regenerate: yes, yes },
        ...{ json: yes, 'dry-run': yes, remove: yes, help: { type: 'boolean', short: 'h' } },
      } as const,
    });
    const { level, url, fingerprint, user, admin, 'token-name': tokenName } = values;
    if (values.remove && values['dry-run']) throw new Error('--remove and --dry-run: choose one.');
    return {
      urls: url === undefined ? undefined : readUrls(url),
      level: level === undefined ? undefined : readLevel(level),
      user: user === undefined ? undefined : readUser(user),
      tokenName: tokenName === undefined ? undefined : readTokenName(tokenName),
      admin: admin === undefined ? undefined : readUser(admin),
      passwordFile: values['password-file'],
      totp: values.totp,
      fingerprints: fingerprint === undefined ? undefined : fingerprint.split(',').map(readFingerprint),
      out: values.out,
      force: values.force === true,
      regenerate: values.regenerate === true,
      yes: values.yes === true,
      json: values.json === true,
      task: values.help ? 'help' : values.remove ? 'remove' : values['dry-run'] ? 'dry-run' : 'make',
    };
  } catch (error) {
    throw new Failure('config', (error as Error).message, 'proxmox-mcp init --help shows every flag.');
  }
}

/** `pve1.lan, pve2.lan:8006` as URLs, each in its one spelling. */
export function readUrls(text: string): string[] {
  const urls = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => {
      const read = readServerUrl(one, 8006);
      if (read.problem !== undefined)
        throw new Error(`The server's address is not understood: ${read.problem}.`);
      return read.url;
    });
  if (urls.length === 0) throw new Error('The address of the Proxmox server is missing.');
  return [...new Set(urls)];
}

export function readLevel(text: string): Level {
  if (isLevel(text)) return text;
  throw new Error('The level is read, operate or full.');
}

/** As AA:BB:…; what openssl and people put around it is taken off. */
export function readFingerprint(text: string): string {
  const hex = text.replace(/^.*=/s, '').replaceAll(/[\s:]/g, '').toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(hex))
    throw new Error('The fingerprint is no SHA-256 fingerprint: that has 32 pairs of hex digits.');
  return (hex.match(/../g) ?? []).join(':');
}

function readUser(text: string): string {
  if (/^[^\s:/@!,;'"]+@[A-Za-z][\w.-]*$/.test(text)) return text;
  throw new Error('A user is written with its realm: mcp@pve.');
}

function readTokenName(text: string): string {
  if (/^[A-Za-z][\w.-]+$/.test(text)) return text;
  throw new Error('A token name has two or more letters, digits, dots and dashes, a letter first.');
}
