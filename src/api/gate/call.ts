import { Failure } from '../../failure.ts';
import type { BodyStream, Verb, WireRequest } from '../wire.ts';

/** A request as Proxmox will understand it, read back from the very bytes that will be sent. */
export interface Call {
  verb: Verb;
  /** Decoded, without `/api2/json`: `/nodes/pve1/qemu/100/config`. */
  path: string;
  /** From the query or the body, decoded; a name given more than once has a list. Empty: Proxmox sees no value. */
  params: Record<string, string | string[]>;
}

/** The value of a parameter as one text, as Proxmox writes most of its lists: `a,b`. */
export function textOf(value: string | string[] | undefined): string {
  return [value ?? ''].flat().join(',');
}

/**
 * Reads a request back from its bytes. `prefix` is what stands before the path of the API.
 *
 * Proxmox reads more than we ever write: `;` between parameters, `+` for a space, a second `=`, a name without a value,
 * double slashes, codes that are no UTF-8, a query beside a body, of which it takes the query. Nothing of that is read
 * here: what we do not write ourselves is refused, so there is no second way to understand what is left.
 *
 * @throws Failure `invalid_argument` for parameters that could be misread; `internal` for the rest, which is our mistake
 */
export function readCall(request: WireRequest, prefix: string): Call {
  const { method, path: whole, body, stream } = request;
  if (!VERBS.has(method)) throw odd('a method that Proxmox does not have');
  const cut = whole.indexOf('?');
  const query = cut < 0 ? '' : whole.slice(cut + 1);
  const hasBody = method === 'POST' || method === 'PUT';
  if (hasBody ? query !== '' : body !== undefined) throw odd('parameters in the wrong place');
  const path = readPath(cut < 0 ? whole : whole.slice(0, cut), prefix);
  // What streams can't be judged, and Proxmox takes it for nothing but an upload.
  if (stream !== undefined && !/\/upload$/.test(path)) throw odd('a stream that is no upload');
  if (stream !== undefined && body !== undefined) throw odd('two bodies');
  const fields = stream === undefined ? readForm(hasBody ? (body ?? '') : query) : readFields(stream);
  return { verb: method, path, params: fields };
}

const VERBS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE']);

/** Every word of a path that we write, as it stands on the wire. */
const WORD = /^(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+$/;
/** A backslash is in the task ids of PBS alone. */
const HIDES = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029/]|\\(?!x[0-9a-f]{2})/iu;

function readPath(whole: string, prefix: string): string {
  if (!whole.startsWith(`${prefix}/`)) throw odd('a path outside of the API');
  const path = whole.slice(prefix.length);
  if (path === '/') return path;
  const words = path.slice(1).split('/').map(readWord);
  return `/${words.join('/')}`;
}

function readWord(raw: string): string {
  if (!WORD.test(raw)) throw odd('a path with an empty word or a bare character in it');
  const word = decode(raw);
  if (word === '.' || word === '..' || HIDES.test(word)) throw odd('a path that could lead elsewhere');
  return word;
}

/** Of a value: what `encodeForm` leaves as it is, and codes. */
const TEXT = /^(?:[\w.~-]|%[0-9A-Fa-f]{2})*$/;

function readForm(form: string): Call['params'] {
  const params: Call['params'] = Object.create(null);
  if (form === '') return params;
  for (const pair of form.split('&')) {
    const equals = pair.indexOf('=');
    const [rawName, rawValue] = [pair.slice(0, equals), pair.slice(equals + 1)];
    if (equals < 0 || !TEXT.test(rawName) || !TEXT.test(rawValue))
      throw odd('parameters in a form of their own');
    const [name, value] = [decode(rawName), decode(rawValue)];
    if (name === '' || /[\p{Cc}]/u.test(name)) throw unclear('A parameter has no name, or a hidden one.');
    if (value.includes('\0')) throw unclear(`The parameter ${name} has a NUL character.`);
    const before = params[name];
    // Proxmox lets an empty item take away all that came before it.
    if (before !== undefined && (value === '' || before === ''))
      throw unclear(`The list ${name} has an empty item.`);
    params[name] = before === undefined ? value : [before, value].flat();
  }
  return params;
}

/** The fields of an upload, each there once. */
function readFields({ fields = [] }: BodyStream): Call['params'] {
  const params: Call['params'] = Object.create(null);
  for (const [name, value] of fields) {
    if (params[name] !== undefined || /[\p{Cc}"]/u.test(name + value))
      throw odd('fields that could be misread');
    params[name] = value;
  }
  return params;
}

function decode(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    throw odd('a code that is no valid UTF-8');
  }
}

function odd(what: string): Failure {
  return new Failure(
    'internal',
    `A request with ${what} was about to be sent. It was stopped.`,
    'Write it plainly; if it is written plainly, please report this.',
  );
}

function unclear(message: string): Failure {
  return new Failure('invalid_argument', message, 'Leave it out: Proxmox would read it as something else.');
}
