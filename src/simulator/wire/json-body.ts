import { jsonFault } from './json-fault.ts';
import { utf8Of } from './percent.ts';

const AT = 'at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line';

/** A body that Proxmox cannot read; the message is what it answers (500, plain text). */
export class BadBody extends Error {}

/** Reads a JSON body. Texts for bad ones are those of Perl's JSON::XS (recorded for `{bad` and `[1,2]`). */
export function decodeJsonBody(bytes: string): Record<string, unknown> {
  const text = utf8Of(bytes);
  const value = parse(text);
  if (Array.isArray(value)) throw new BadBody(`Not a HASH reference ${AT} 978.\n`);
  // Perl takes these for "no parameters".
  if (value === null || value === '' || value === 0 || value === false) return {};
  if (typeof value !== 'object') {
    throw new BadBody(`Can't use string ("${value}") as a HASH ref while "strict refs" in use ${AT} 978.\n`);
  }
  return Object.assign(Object.create(null), value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const { offset, what } = jsonFault(text);
    const rest = text.slice(offset);
    const before = rest === '' ? '(end of string)' : rest.length > 20 ? `${rest.slice(0, 20)}...` : rest;
    throw new BadBody(`${what}, at character offset ${offset} (before "${before}") ${AT} 934.\n`);
  }
}
