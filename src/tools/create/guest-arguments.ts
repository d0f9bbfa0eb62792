import * as z from 'zod';
import type { Params, ParamValue } from '../../api/form.ts';
import { Failure } from '../../failure.ts';
import { line } from '../../render/untrusted.ts';
import { parameters, wholeNumber, words, yesNo } from '../arguments.ts';

/** Lines of text; also as a list of them. */
function lines(name: string) {
  const read = (value: unknown) => (Array.isArray(value) ? value.join('\n') : value);
  return z.preprocess(read, z.string({ error: `${name} must be text, one on each line` }));
}

/** Which guest, and where: arguments of every tool that makes one. */
export const placeArguments = {
  name: words('name').optional(),
  vmid: wholeNumber('vmid', 100, 999_999_999).optional(),
  node: words('node').optional(),
  storage: words('storage').optional(),
};

export const sizeArguments = {
  cores: wholeNumber('cores', 1, 8192).optional(),
  memory: wholeNumber('memory', 16, 4_194_304).optional().describe('MiB'),
};

export const networkArguments = {
  network: words('network').optional().describe('bridge: vmbr0 or vmbr0,tag=20'),
  ip: words('ip').optional().describe('dhcp or 192.0.2.9/24'),
  gateway: words('gateway').optional(),
};

export const sshKeys = () => lines('ssh_keys').optional();

export const keep = () => yesNo('keep').optional().describe('leave a half-made guest');

/** Any other setting. */
export const otherOptions = (example: string) =>
  parameters('options', example).describe(`as Proxmox names them: ${example}`);

/** These have arguments of their own, or make something else than a new guest. */
const NOT_OPTIONS =
  /^(?:vmid|newid|node|force|archive|restore|start|ostemplate|live-restore|import-working-storage)$/;

/** @throws Failure `invalid_argument` for options that do not belong there */
export function readOptions(options: Record<string, unknown> | undefined): Params {
  const names = Object.keys(options ?? {}).filter((name) => NOT_OPTIONS.test(name));
  if (names.length > 0)
    throw new Failure(
      'invalid_argument',
      `options can't have ${names.join(', ')}.`,
      'Use the arguments of this tool for these; restore_backup restores an archive.',
    );
  return Object.fromEntries(
    Object.entries(options ?? {}).map(([name, value]) => [name, value as ParamValue]),
  );
}

/**
 * Public keys, each on its line.
 *
 * @throws Failure `invalid_argument` for what is none; it does not repeat it, since it may be a private one
 */
export function readKeys(text: string | undefined): string | undefined {
  const keys = (text ?? '')
    .split(/\r?\n/)
    .map((key) => key.trim())
    .filter((key) => key !== '');
  const bad = keys.findIndex(
    (key) => !/^(?:[\w@"=,.-]+ )*(?:ssh-|ecdsa-|sk-)[\w@.-]+ [A-Za-z0-9+/=]{16,}(?: .*)?$/.test(key),
  );
  if (bad === -1) return keys.length === 0 ? undefined : keys.join('\n');
  throw new Failure(
    'invalid_argument',
    `Line ${bad + 1} of ssh_keys is no public SSH key.`,
    'A public key is one line such as "ssh-ed25519 AAAA… me@laptop" (a file that ends with .pub). Never send a private key.',
  );
}

/** @throws Failure for a name that Proxmox refuses, which takes names of DNS alone */
export function checkName(name: string | undefined): void {
  if (name === undefined) return;
  const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
  if (new RegExp(`^${label}(?:\\.${label})*$`).test(name)) return;
  throw new Failure(
    'invalid_argument',
    `Proxmox does not take the name ${JSON.stringify(line(name, 80))}.`,
    'A guest is named like a host: letters, digits and dashes, such as web-1, also with a domain: web-1.example.com.',
  );
}
