import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainText } from '../src/api/explain-text.ts';
import { type ApiPath, type Client, createClient, type Verb } from '../src/client.ts';
import { failureOf } from './failure-of.ts';
import { codes, endings } from './failures/codes.ts';
import { pathOf, type RecordedServer, serveRecorded } from './failures/recorded-server.ts';
import { type Recording, readRecordings } from './fidelity/recordings.ts';

// Every error that a real server was heard to answer, through the client and a socket.

const recordings = readRecordings();
const errors = recordings.filter(({ response: { status } }) => status === undefined || status >= 400);

/** Hints that fit everything, and so help nobody. */
const generic = [
  /^These are Proxmox's own words/,
  /^Correct the parameters named/,
  /^Correct what the text names/,
];

let server: RecordedServer;
let client: Client;

beforeAll(async () => {
  server = await serveRecorded();
  const { url, fingerprint } = server;
  // Whoever looks for a lost task pauses between looks; here nothing more will come.
  const clock = { now: () => Date.now(), sleep: async () => {} };
  const login = { tokenId: 'root@pam!lab', secret: '00000000-0000-0000-0000-000000000000' };
  client = createClient({ url, fingerprint, clock, ...login });
});

afterAll(async () => {
  await client.close();
  await server.close();
});

describe('every recorded error', () => {
  test.each(errors.map((recording) => [recording.name, recording] as const))(
    '%s',
    async (name, recording) => {
      server.answerWith(recording);
      const { request, response } = recording;
      const path = pathOf(recording) as ApiPath;
      const failure = await failureOf(client.request(request.method as Verb, path));

      expect(failure.code).toBe(codes.get(name));
      for (const words of generic) expect(failure.hint).not.toMatch(words);
      expect(failure.message).not.toMatch(/\n/);
      expect(failure.details.call).toBe(`${request.method} ${path}`);
      expect(failure.details.status).toBe(response.status);
      expect(failure.details.reason).toBe(response.reason);
      expect(Object.keys(failure.details.errors ?? {})).toEqual(Object.keys(said(recording).errors));
      expect(failure.message).toContain(said(recording).first);
    },
  );

  test('has one code, and only they have', () => {
    expect([...codes.keys()].sort()).toEqual(errors.map(({ name }) => name).sort());
  });
});

/** The words of an error: what it says of each parameter, or the message, or the text, or the reason alone. */
function said({ response }: Recording): { errors: object; first: string } {
  const { message, errors = {} } = (response.json ?? {}) as { message?: string; errors?: object };
  const first = Object.values(errors)[0] ?? message ?? (response.body || response.reason) ?? '';
  return { errors, first: first.split('\n', 1)[0] };
}

/** How failed tasks ended, wherever a recording tells of it. */
const failedTasks = new Set(
  recordings.flatMap(({ response }) => {
    const { data } = (response.json ?? {}) as { data?: unknown };
    const tasks = (Array.isArray(data) ? data : [data]).filter((task) => task?.upid);
    return tasks.flatMap(({ exitstatus, status }) => exitstatus ?? (Array.isArray(data) ? status : []));
  }),
);
for (const fine of ['OK', 'RUNNING']) failedTasks.delete(fine);

describe('every recorded end of a failed task', () => {
  test.each([...failedTasks])('%s', (text) => {
    const { code, hint } = explainText(text);
    expect(code).toBe(endings.find(([pattern]) => pattern.test(text))?.[1]);
    for (const words of generic) expect(hint).not.toMatch(words);
  });
});
