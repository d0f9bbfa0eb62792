import { Failure } from '../failure.ts';

/** One parameter's value. `null`, `undefined` and an empty list are left out; a list is sent as the API takes it. */
export type ParamValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly (string | number | boolean)[];

/** A call's parameters by name, without those in the path. */
export type Params = Record<string, ParamValue>;

/**
 * Parameters as `application/x-www-form-urlencoded`, for a body or a query alike. Booleans become `1` and `0`, the only
 * spellings PVE takes in a form. Everything but letters, digits and `-._~` is percent-encoded, since Proxmox also splits
 * at `;` and cuts a value at a second `=`. A space is `%20`, which means the same everywhere.
 *
 * @param isText whether a list of that name is one text, `a,b`; any other list is a repeated key
 * @throws Failure `invalid_argument` for a value that a form can't carry
 */
export function encodeForm(params: Params, isText?: (name: string) => boolean): string {
  let form = '';
  for (const name in params) {
    const value = params[name];
    if (value === undefined || value === null) continue;
    if (Array.isArray(value)) {
      if (value.length > 0 && isText?.(name)) form += pair(name, joined(name, value));
      else for (const item of value) form += pair(name, item);
    } else {
      form += pair(name, value);
    }
  }
  return form.slice(1);
}

function pair(name: string, value: unknown): string {
  const text = asText(name, value);
  return `&${encode(name, name)}=${encode(name, name === 'sshkeys' ? encodeTwice(name, text) : text)}`;
}

/** `a,b`. Proxmox splits such a text at commas, semicolons and white space. */
function joined(name: string, items: readonly unknown[]): string {
  return items.map((item) => asText(name, item)).join(',');
}

function asText(name: string, value: unknown): string {
  if (typeof value === 'string') {
    if (value.includes('\0'))
      throw refused(name, 'has a NUL character, which Proxmox reads as the end of an item');
    return value;
  }
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refused(name, `is ${value}, which is no number to send`);
    return String(value);
  }
  throw refused(
    name,
    'is an object or an empty item; Proxmox takes text, numbers, true or false, and flat lists',
  );
}

/**
 * `sshkeys` of a VM is percent-encoded text inside the form (schema format `urlencoded`), and comes back that way. A key
 * as people have it has a space in it, so what has none but has `%20` is encoded already.
 */
function encodeTwice(name: string, keys: string): string {
  return /^[-%\w.!~*'()]*%20/.test(keys) && !/[\s+/]/.test(keys) ? keys : encode(name, keys);
}

const unreserved = /^[\w.~-]*$/;
const leftOver = /[!'()*]/g;

function encode(name: string, text: string): string {
  if (unreserved.test(text)) return text;
  try {
    return encodeURIComponent(text).replace(
      leftOver,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  } catch {
    throw refused(name, 'has half a surrogate pair, which is no valid text');
  }
}

function refused(name: string, problem: string): Failure {
  return new Failure(
    'invalid_argument',
    `The parameter ${name} ${problem}.`,
    'Write nested settings as Proxmox does, as text: net0 is "virtio,bridge=vmbr0".',
  );
}
