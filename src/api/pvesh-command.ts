import { Failure } from '../failure.ts';
import type { Verb, WireRequest } from './wire.ts';

/** What pvesh calls the methods. */
const COMMANDS: Record<Verb, string> = { GET: 'get', POST: 'create', PUT: 'set', DELETE: 'delete' };

/**
 * The arguments of pvesh for a call: `create /nodes/pve1/qemu --vmid 100 --output-format json`. A parameter that comes
 * twice is given twice, as pvesh takes lists. What begins with a dash is still a value there (PVE 9.2).
 */
export function pveshArguments({ method, path, body }: WireRequest): string[] {
  const [before = '', query = ''] = path.split('?', 2);
  const resource = before
    .replace(/^\/api2\/json(?=\/|$)/, '')
    .split('/')
    .map((segment) => decode(segment))
    .join('/');
  // `quiet` of some methods would be taken for pvesh's own, which then prints no UPID.
  const pairs = [...pairsOf(query), ...pairsOf(body ?? '')].filter(([name]) => name !== 'quiet');
  const options = pairs.flatMap(([name, value]) => [`--${name}`, value]);
  return [COMMANDS[method], resource || '/', ...options, '--output-format', 'json'];
}

function pairsOf(form: string): [string, string][] {
  return form
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = decode(equals < 0 ? pair : pair.slice(0, equals));
      // Such a name would be an option of pvesh's own, or none.
      if (!/^[A-Za-z0-9][\w.:-]*$/.test(name) || own.has(name)) throw refused(name);
      return [name, equals < 0 ? '' : decode(pair.slice(equals + 1).replaceAll('+', ' '))];
    });
}

/** What pvesh takes for itself, whatever the method takes. */
const own = new Set(['output-format', 'noborder', 'noheader', 'human-readable', 'noproxy']);

function decode(text: string): string {
  const plain = decodeURIComponent(text);
  if (!plain.includes('\0')) return plain;
  throw new Failure('invalid_argument', 'A value has a NUL character.', 'No command can be given that.');
}

function refused(name: string): Failure {
  return new Failure(
    'invalid_argument',
    `pvesh can't be given a parameter of the name ${JSON.stringify(name.slice(0, 60))}.`,
    'Check its spelling, or connect over HTTPS.',
  );
}

/** Said on stderr before and after pvesh, so that its words are told from those of ssh, and its exit code from ssh's. */
const MARK = 'proxmox-mcp-pvesh:';
const SCRIPT = `echo '${MARK} begin' >&2; "$@"; code=$?; echo '${MARK} end '"$code" >&2; exit "$code"`;

/**
 * One command line for the shell at the other end of ssh: every argument in single quotes, in which no shell of the POSIX
 * kind looks for anything but their end.
 */
export function remoteCommandLine(program: readonly string[]): string {
  return ['sh', '-c', SCRIPT, 'sh', ...program].map(quote).join(' ');
}

function quote(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}

/** What a remote pvesh said, and how it ended; `undefined` where it never began or was cut off. */
export function readMarks(stderr: string): { began: boolean; said: string; code: number | undefined } {
  const begin = new RegExp(`^${MARK} begin\\r?\\n`, 'm').exec(stderr);
  if (!begin) return { began: false, said: stderr, code: undefined };
  const rest = stderr.slice(begin.index + begin[0].length);
  // Before it there may be no line end.
  const end = new RegExp(`${MARK} end (\\d+)\\r?\\n`).exec(rest);
  if (!end) return { began: true, said: rest, code: undefined };
  return { began: true, said: rest.slice(0, end.index), code: Number(end[1]) };
}
