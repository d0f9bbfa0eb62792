import { readFileSync } from 'node:fs';

/** A request as it was recorded; `path` holds the query. `auth` names the login, without its secret. */
export interface RecordedRequest {
  method: string;
  path: string;
  params?: unknown;
  auth?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Its answer. Without a `status` there was none: the server closed the connection. */
export interface RecordedResponse {
  status?: number;
  reason?: string;
  headers: [name: string, value: string][];
  json?: unknown;
  body?: string;
  closed_by_server: boolean;
  elapsed_ms: number;
  transport_error?: string;
}

/** One request and its answer, as a real PVE 9.2 gave it. See `test/recordings/README.md`. */
export interface Recording {
  name: string;
  /** When it was answered, in ISO form. */
  at: string;
  note?: string;
  request: RecordedRequest;
  response: RecordedResponse;
}

/** What went over a socket as it is, where that was recorded: an upgrade to a websocket, or plain HTTP. */
export interface SocketRecording {
  name: string;
  at: string;
  websocket: true;
  request?: string;
  response: string;
}

const file = new URL('../recordings/pve-9.2.jsonl', import.meta.url);

/** Everything recorded, in the order of time. */
export function readAll(): (Recording | SocketRecording)[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** The recorded requests with an answer of their own. */
export function readRecordings(): Recording[] {
  return readAll().filter((row): row is Recording => !('websocket' in row));
}
