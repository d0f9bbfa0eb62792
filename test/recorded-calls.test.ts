import { expect, test } from 'vitest';
import type { Send } from '../src/api/wire.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { connect } from './connect.ts';
import { type Recording, readRecordings } from './fidelity/recordings.ts';

// Every recorded call through the raw call's own check: it refuses what a real server refused, and nothing else.

const recordings = readRecordings();

/** Refused however right its parameters are: two slashes could be read in two ways. */
const ODD_PATH = 'err_double_slash';

/** Refused by the method itself, which knows more than the schema does: these are sent, and the server refuses them. */
const BY_THE_METHOD = new Set([
  'node_network_missing',
  'task_invalid_upid',
  'token_create_duplicate',
  'upload_bad_extension',
  'vm_config_set_and_delete',
  'vm_locked_skiplock_token',
  'vm_migrate_self',
  'vzdump_no_vmid',
]);

const refused = recordings.filter(({ response }) => errorsOf(response.json) !== undefined);
const taken = recordings.filter(
  ({ response: { status, json }, name, request }) =>
    status === 200 &&
    errorsOf(json) === undefined &&
    (json as { success?: number } | undefined)?.success !== 0 &&
    name !== ODD_PATH &&
    ['GET', 'POST', 'PUT', 'DELETE'].includes(request.method) &&
    request.path.startsWith('/api2/'),
);

/** A server in front of what answers `recording` as it was answered, and counts. */
async function recordedCluster() {
  const simulator = createSimulator({ seed: 'tiny' });
  let current: Recording | undefined;
  let sent = 0;
  const answer = (status: number, reason: string, json: unknown) => {
    return { status, reason, headers: {}, body: JSON.stringify(json) };
  };
  const send: Send = async (request) => {
    // The recorded cluster: one node, `pve`. Its guests came and went.
    if (request.path === '/api2/json/cluster/resources')
      return answer(200, 'OK', { data: [{ id: 'node/pve', type: 'node', node: 'pve', status: 'online' }] });
    if (current === undefined || !decodeURIComponent(request.path).startsWith(pathOf(current)))
      return simulator.fetch(request);
    sent += 1;
    const { status = 0, reason = '', json } = current.response;
    return answer(status, reason, json);
  };
  const house = await connect({ simulator, send });
  const call = async (recording: Recording, more = {}) => {
    current = recording;
    sent = 0;
    const said = await house.call('proxmox_api_call', { ...argumentsOf(recording), ...more });
    return { ...said, sent };
  };
  return { call, dryRun: (recording: Recording) => call(recording, { dry_run: true }) };
}

test('what a real server refused is refused here, for the same parameters', async () => {
  expect(refused.length).toBeGreaterThan(30);
  const { call } = await recordedCluster();
  for (const recording of refused) {
    const { text, isError, sent } = await call(recording);
    const name = `${recording.name}: `;
    expect(name + isError).toBe(`${name}true`);
    for (const parameter of namesOf(recording)) expect(name + text).toContain(`${parameter}: `);
    expect(name + sent).toBe(name + (BY_THE_METHOD.has(recording.name) ? 1 : 0));
  }
});

test('and for no other', async () => {
  const { dryRun } = await recordedCluster();
  for (const recording of refused.filter(({ name }) => !BY_THE_METHOD.has(name))) {
    const { data, sent } = await dryRun(recording);
    const { problem = '' } = (data?.dry_run ?? {}) as { problem?: string };
    const count = namesOf(recording).length;
    const told = count === 1 ? 'a parameter' : `${count} parameters`;
    expect(`${recording.name}: ${problem}`).toContain(`would refuse ${told}: `);
    expect(sent).toBe(0);
  }
});

test('what a real server took is taken here', async () => {
  expect(taken.length).toBeGreaterThan(250);
  const { dryRun } = await recordedCluster();
  const problems: string[] = [];
  for (const recording of taken) {
    const { text, isError, sent } = await dryRun(recording);
    if (isError || text.includes('PROBLEM') || sent > 0) problems.push(`${recording.name}: ${text}`);
  }
  expect(problems).toEqual([]);
});

/** The path as it was recorded, without its query. */
function pathOf({ request }: Recording): string {
  return request.path.replace(/\?.*$/, '').replace(/^\/api2\/\w+/, '/api2/json');
}

/** A recorded request as one would ask the tool for it. */
function argumentsOf(recording: Recording): Record<string, unknown> {
  const { method, path, body = '', headers = {} } = recording.request;
  const [, query = ''] = path.split('?');
  const type = headers['Content-Type'] ?? '';
  const parsed = type.includes('json')
    ? (JSON.parse(body) as Record<string, unknown>)
    : type.startsWith('multipart')
      ? parts(body)
      : form(body);
  return { method, path: pathOf(recording), data: { ...form(query), ...parsed } };
}

function form(text: string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const before = values[name];
    values[name] = before === undefined ? value : [before, value].flat();
  }
  return values;
}

/** The fields of a multipart form; of a file its name. */
function parts(body: string): Record<string, unknown> {
  const fields = body.matchAll(/name="([\w-]+)"(?:; filename="([^"]*)")?[\s\S]*?\n\r?\n([\s\S]*?)\r?\n--/g);
  return Object.fromEntries([...fields].map(([, name, file, value]) => [name, file ?? value]));
}

function namesOf({ response }: Recording): string[] {
  return Object.keys(errorsOf(response.json) ?? {});
}

function errorsOf(json: unknown): Record<string, string> | undefined {
  return (json as { errors?: Record<string, string> } | undefined)?.errors;
}
