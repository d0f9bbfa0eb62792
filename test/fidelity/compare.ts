import { gunzipSync } from 'node:zlib';
import type { Answer } from './exchange.ts';
import type { RecordedResponse } from './recordings.ts';

/** Left out of what is compared, as it was left out of what was recorded. */
const UNRECORDED = new Set(['Date', 'Expires', 'Cache-Control', 'Pragma', 'Server']);

/** Everything in which an answer differs from the recorded one; `took` is the simulated time in milliseconds. */
export function differences(recorded: RecordedResponse, answer: Answer | undefined, took: number): string[] {
  if (recorded.status === undefined || !answer) {
    return recorded.status === undefined && !answer ? [] : ['one answered and the other did not'];
  }
  const found: string[] = [];
  const differ = (what: string, wanted: unknown, got: unknown) => {
    const [a, b] = [JSON.stringify(wanted), JSON.stringify(got)];
    if (a !== b) found.push(`${what}: recorded ${a}, simulated ${b}`);
  };
  differ('status', recorded.status, answer.status);
  differ('reason', plain(recorded.reason ?? ''), plain(answer.reason));
  differ('headers', headersOf(recorded.headers), headersOf(answer.headers));
  differ('closed by server', recorded.closed_by_server, answer.closed);
  differ(
    'seconds waited for an error',
    waited(recorded.status, recorded.elapsed_ms),
    waited(answer.status, took),
  );
  const text = textOf(answer);
  if (!('json' in recorded)) {
    if (recorded.body !== '<gzip>' && recorded.body !== '<html>')
      differ('body', lines(recorded.body ?? ''), lines(text));
    return found;
  }
  const json = parse(text);
  if (recorded.status >= 400) differ('error', plain(sorted(recorded.json)), plain(sorted(json)));
  else found.push(...shapeDifferences(recorded.json, json, ''));
  differ('exit status', exitOf(recorded.json), exitOf(json));
  return found;
}

/** Perl's tables come in any order, line by line too. */
const lines = (text: string) => plain(text).split('\n').sort();

/** A refusal of the login waits 3 s, a broken pipe 5 s, and so on; what merely took its time is not compared. */
function waited(status: number, ms: number): number {
  return status >= 400 && ms >= 2900 ? Math.floor(ms / 1000) : 0;
}

/** Names and values; a length only as being there, since ids and dates are of other lengths. */
function headersOf(headers: [string, string][]): [string, string][] {
  return headers
    .filter(([name]) => !UNRECORDED.has(name))
    .map(([name, value]) => [name, name === 'Content-Length' ? 'some' : plain(value)]);
}

/** Text without what differs from run to run: task ids, digests, UUIDs, dates and times. */
export function plain(text: string): string {
  return text
    .replace(/UPID:[\w-]+(?::[0-9A-F]+){3}:/g, 'UPID:…:')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>')
    .replace(/\b[0-9a-f]{32,}\b/g, '<hex>')
    .replace(/\d{4}([-_])\d\d\1\d\d[-_T ]\d\d([:_])\d\d\2\d\d/g, '<time>');
}

function textOf({ headers, body }: Answer): string {
  const compressed = headers.some(([name, value]) => name === 'Content-Encoding' && value === 'gzip');
  return (compressed ? gunzipSync(body) : body).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return `no JSON: ${text.slice(0, 80)}`;
  }
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** How a task ended, where the answer is about one. */
function exitOf(json: unknown): string | undefined {
  const status = (json as { data?: { exitstatus?: string } } | undefined)?.data?.exitstatus;
  return status === undefined ? undefined : plain(status);
}

/** Where two JSON values have other keys or other types. Lists are compared by the shapes that occur in them. */
export function shapeDifferences(recorded: unknown, simulated: unknown, path: string): string[] {
  const [a, b] = [kindOf(recorded), kindOf(simulated)];
  const at = path === '' ? 'body' : path;
  if (a !== b) return [`${at}: recorded ${a}, simulated ${b} ${JSON.stringify(simulated)?.slice(0, 60)}`];
  if (a === 'list') return listDifferences(recorded as unknown[], simulated as unknown[], at);
  if (a !== 'object') return [];
  const left = recorded as Record<string, unknown>;
  const right = simulated as Record<string, unknown>;
  const missing = Object.keys(left).filter((key) => !(key in right));
  const extra = Object.keys(right).filter((key) => !(key in left));
  const shared = Object.keys(left).filter((key) => key in right);
  return [
    ...missing.map((key) => `${at}.${key}: missing`),
    ...extra.map((key) => `${at}.${key}: not recorded`),
    ...shared.flatMap((key) => shapeDifferences(left[key], right[key], `${path}.${key}`)),
  ];
}

function listDifferences(recorded: unknown[], simulated: unknown[], at: string): string[] {
  if (recorded.length === 0 || simulated.length === 0) {
    return recorded.length === simulated.length
      ? []
      : [`${at}: recorded ${recorded.length} entries, simulated ${simulated.length}`];
  }
  // Each entry must look like one of the other side's.
  const lost = recorded.filter((one) => !simulated.some((other) => alike(one, other)));
  const odd = simulated.filter((one) => !recorded.some((other) => alike(other, one)));
  return [
    ...lost.slice(0, 2).map((one) => `${at}[]: nothing like ${nearest(one, simulated, at)}`),
    ...odd.slice(0, 2).map((one) => `${at}[]: not recorded ${JSON.stringify(one).slice(0, 300)}`),
  ];
}

const alike = (a: unknown, b: unknown) => shapeDifferences(a, b, '').length === 0;

function nearest(one: unknown, others: unknown[], at: string): string {
  const all = others.map((other) => shapeDifferences(one, other, at));
  const best = all.sort((a, b) => a.length - b.length)[0];
  return `${JSON.stringify(one).slice(0, 200)} (nearest: ${best?.join('; ')})`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
