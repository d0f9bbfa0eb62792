import { Failure } from '../failure.ts';
import type { Verb, WireResponse } from './wire.ts';

/** How a call of pvesh ended. */
export interface PveshEnd {
  code: number;
  stdout: string;
  stderr: string;
}

const HEADERS = { 'content-type': 'application/json;charset=UTF-8' };

/**
 * What pvesh printed, as the answer that the API would give. pvesh tells no total, and nothing at all for `null`.
 *
 * @throws Failure `bad_answer` for output that is not pvesh's
 */
export function pveshAnswer(
  { code, stdout, stderr }: PveshEnd,
  call: { verb: Verb; path: string },
): WireResponse {
  if (code === 0) {
    const data = readData(stdout);
    return { status: 200, reason: 'OK', headers: HEADERS, body: JSON.stringify({ data }) };
  }
  const { status, message, errors } = readError(plainText(stderr), call);
  return {
    status,
    reason: message.split('\n', 1)[0] ?? '',
    headers: HEADERS,
    body: JSON.stringify({ data: null, message, ...(errors && { errors }) }),
  };
}

/**
 * A task runs to its end before pvesh returns: its log comes first, and then its UPID. From another node the log comes
 * without line breaks, and all of it together as one text (PVE 9.2).
 */
function readData(stdout: string): unknown {
  const text = stdout.trim();
  if (text === '') return null;
  const upid = /\\?"(UPID:[^"\s\\]+:)\\?"+$/.exec(text)?.[1];
  if (upid !== undefined) return upid;
  for (const json of [text, text.slice(text.lastIndexOf('\n') + 1)]) {
    try {
      return JSON.parse(json);
    } catch {
      // What a method prints beside its answer comes before it.
    }
  }
  throw new Failure(
    'bad_answer',
    'pvesh printed something else than JSON.',
    'Is this the pvesh of Proxmox VE? `pvesh get /version --output-format json` shows what it says.',
  );
}

interface Said {
  status: number;
  message: string;
  errors?: Record<string, string>;
}

/** `400 Parameter verification failed.`, then `name: text` for each parameter, then how pvesh is used. */
function readError(stderr: string, { verb, path }: { verb: Verb; path: string }): Said {
  const text = stderr.trim();
  if (/^no '\w+' handler (?:defined )?for '/im.test(text)) {
    return { status: 501, message: `Method '${verb} ${path}' not implemented` };
  }
  const [, code, rest = ''] = /^([45]\d\d) (.*)$/s.exec(text) ?? [];
  if (code === undefined) return { status: 500, message: text === '' ? 'pvesh failed without a word' : text };
  const [first = '', ...lines] = rest.split('\n');
  const errors: Record<string, string> = {};
  let last: string | undefined;
  for (const line of lines) {
    if (/^pvesh \w+ </.test(line)) break;
    const [, name, what = ''] = /^([a-z][\w.:-]*): (.*)$/i.exec(line) ?? [];
    if (name !== undefined) {
      last = name;
      errors[name] = what;
    } else if (last !== undefined && line.trim() !== '') errors[last] += ` ${line.trim()}`;
  }
  const status = Number(code);
  return last === undefined ? { status, message: rest.trim() } : { status, message: first, errors };
}

/** Without colours and other orders to a terminal. */
export function plainText(text: string): string {
  return (
    text
      // biome-ignore-start lint/suspicious/noControlCharactersInRegex: these are what is taken out
      .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])/g, '')
      .replace(/\r\n?/g, '\n')
      .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '')
    // biome-ignore-end lint/suspicious/noControlCharactersInRegex: -
  );
}
