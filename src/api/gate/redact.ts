import { createHash } from 'node:crypto';
import { isSecretName, withoutSecretParts } from '../secret-names.ts';
import type { Call } from './call.ts';

const REDACTED = '[redacted]';

/** Code and what it works on. Nothing in it is hidden from whoever approves it: it could hide behind a `password=`. */
const SHOWN = /^(?:args|cmd|cmd-opts|command|content|input-data|script)$/;

/** Values that carry secrets under names of their own: headers with logins in them, the variables of a container. */
const HIDDEN = /^(?:code|env|header|otel-headers)$/;

/** Where a name means a secret, or none, on one path alone. */
const ON_PATH: readonly (readonly [path: RegExp, name: string, isSecret: boolean])[] = [
  [/^\/cluster\/acme\/plugins(?:\/|$)/, 'data', true],
  [/^\/access\/tfa\//, 'value', true],
  [/^\/nodes\/[^/]+\/qemu\/[^/]+\/sendkey$/, 'key', false],
];

/** Where a URL carries a login: `?token=…`, `&X-Amz-Signature=…`. */
const IN_URL = /([?&;][\w.-]*(?:token|secret|passw|sig|signature|credential|auth|key)=)[^&#\s]+/gi;

/**
 * The parameters of a call without its secrets.
 *
 * @param path as in a `Call`; a few names mean a secret on some paths alone
 * @param max characters that are kept of a value; what is longer ends with its length and hash
 */
export function redacted(params: Call['params'], path = '', max = Infinity): Call['params'] {
  const shown: Call['params'] = Object.create(null);
  for (const [name, value] of Object.entries(params)) {
    const show = (text: string) => cut(shownValue(name, text, path), max);
    shown[name] = Array.isArray(value) ? value.map(show) : show(value);
  }
  return shown;
}

function shownValue(name: string, text: string, path: string): string {
  const onPath = ON_PATH.find(([where, which]) => which === name && where.test(path));
  const isSecret = onPath?.[2] ?? (isSecretName(name) || HIDDEN.test(name));
  if (isSecret) return text === '' ? '' : REDACTED;
  if (SHOWN.test(name)) return text;
  const withoutLogins = text.includes('://')
    ? text.replace(/(:\/\/)[^/\s@]+@/g, `$1${REDACTED}@`).replace(IN_URL, `$1${REDACTED}`)
    : text;
  return withoutSecretParts(withoutLogins, REDACTED);
}

function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${text.slice(0, max)}… (${text.length} characters in all, SHA-256 ${hash}…)`;
}
