import { expect, test } from 'vitest';
import { createSimulator } from '../simulator.ts';
import { ask } from '../testing.ts';

const as = 'root@pam!full';
const VERSION = { version: '9.2.11', release: '9.2', repoid: '14a22df35955d97d' };

function start() {
  return createSimulator({ seed: 'tiny' });
}

// Rows of this file were recorded on PVE 9.2 unless a test says otherwise.
test.each([
  '/api2/json/version',
  '/api2/json//version',
  '/api2/json/version/',
  '/api2//json/version',
  '/api2/json/%76ersion',
])('finds the method at %s', async (path) => {
  expect((await ask(start(), `GET ${path}`, { as })).json).toEqual({ data: VERSION });
});

test.each([
  ['GET /nope', `Method 'GET /nope' not implemented`],
  ['GET /nodes/pve1/nope', `Method 'GET /nodes/pve1/nope' not implemented`],
  ['DELETE /version', `Method 'DELETE /version' not implemented`],
])('answers 501 to %s', async (line, text) => {
  const answer = await ask(start(), line, { as });
  expect(answer).toMatchObject({ status: 501, reason: text });
  expect(answer.json).toEqual({ data: null, message: text });
});

test.each(['HEAD', 'OPTIONS', 'PATCH'])('answers %s with a bare 501', async (verb) => {
  expect(await ask(start(), `${verb} /version`)).toMatchObject({
    ...{ status: 501, reason: `method '${verb}' not available`, body: '' },
  });
});

test('tells an unknown format from one that the simulator lacks', async () => {
  const simulator = start();
  const text = 'no formatter for uri /version, xml';
  expect(await ask(simulator, 'GET /api2/xml/version', { as })).toMatchObject({
    status: 501,
    reason: text,
    body: text,
  });
  expect((await ask(simulator, 'GET /api2/png/version', { as })).reason).toContain('simulator');
  expect(await ask(simulator, 'GET /api2/', { as })).toMatchObject({ status: 501, reason: 'no such uri' });
});

test('the web interface formats always answer 200', async () => {
  const simulator = start();
  expect((await ask(simulator, 'GET /api2/extjs/version', { as })).json).toEqual({
    data: VERSION,
    success: 1,
  });
  expect((await ask(simulator, 'GET /api2/extjs/nope', { as })).json).toEqual({
    ...{ data: null, status: 501, success: 0, message: `Method 'GET /nope' not implemented` },
  });
  const missing = await ask(simulator, 'GET /api2/extjs/nodes/pve1/qemu/9999/config', { as });
  const message = `Configuration file 'nodes/pve1/qemu-server/9999.conf' does not exist\n`;
  expect(missing).toMatchObject({
    status: 200,
    reason: 'OK',
    json: { data: null, status: 500, success: 0, message },
  });
  const bad = await ask(simulator, 'POST /api2/extjs/access/groups', { as });
  const errors = { groupid: 'property is missing and it is not optional' };
  expect(bad.json).toEqual({
    data: null,
    errors,
    message: 'Parameter verification failed.\n',
    status: '400',
    success: 0,
  });
  // What a daemon answered carries both lines.
  expect(bad.headers.connection).toBe('close, Keep-Alive');
  expect(missing.headers.connection).toBe('Keep-Alive');
  const html = await ask(simulator, 'GET /api2/htmljs/version', { as });
  expect(html.headers['content-type']).toBe('text/html;charset=UTF-8');
  expect(html.body).toContain('{&quot;data&quot;:{&quot;version&quot;:&quot;9.2.11&quot;');
});

test('who answered shows in the Connection header', async () => {
  const simulator = start();
  expect((await ask(simulator, 'GET /version', { as })).headers.connection).toBe('Keep-Alive');
  expect((await ask(simulator, 'GET /access/users', { as })).headers.connection).toBe('close, Keep-Alive');
  expect((await ask(simulator, 'GET /nope', { as })).headers.connection).toBe('close');
});

test('a parameter in path and query must say the same', async () => {
  const simulator = start();
  expect((await ask(simulator, 'GET /nodes/pve1/qemu/100/config?vmid=100', { as })).status).toBe(200);
  const answer = await ask(simulator, 'POST /nodes/pve1/qemu/100/status/start', { as, form: { vmid: 101 } });
  const vmid = 'duplicate parameter (already defined in URI) with conflicting values!';
  expect(answer).toMatchObject({ status: 400, json: { errors: { vmid } } });
});

test('an unknown node is an error at once, a node that is away one after three seconds', async () => {
  const simulator = start();
  const unknown = await ask(simulator, 'GET /nodes/nope/status', { as });
  expect(unknown.status).toBe(500);
  expect(unknown.reason).toMatch(/^hostname lookup 'nope' failed/);
  for (const line of ['GET /nodes/pve2/status', 'POST /nodes/pve2/qemu/102/status/start']) {
    expect(await ask(simulator, line, { as })).toMatchObject({
      ...{ status: 595, reason: 'No route to host', body: '', took: 3000 },
    });
  }
});

test('what the simulator lacks is 501, but privileges and parameters are looked at first', async () => {
  const simulator = start();
  const monitor = 'POST /nodes/pve1/qemu/100/monitor';
  expect(await ask(simulator, monitor, { as: 'alice@pve', form: { command: 'info' } })).toMatchObject({
    ...{ status: 403, reason: 'Permission check failed (/vms/100, Sys.Audit|Sys.Modify)' },
  });
  const join = 'POST /cluster/config/join';
  expect((await ask(simulator, join, { as })).status).toBe(403);
  expect((await ask(simulator, join, { as: 'root@pam' })).status).toBe(400);
  const form = { hostname: '192.0.2.9', password: 'x', fingerprint: `${'AA:'.repeat(31)}AA` };
  expect(await ask(simulator, join, { as: 'root@pam', form })).toMatchObject({
    ...{ status: 501, reason: `Method '${join}' not implemented` },
  });
});

test('serves the API description to everybody, and says when it has not changed', async () => {
  const simulator = start();
  const path = 'GET /pve-docs/api-viewer/apidoc.js';
  const whole = await ask(simulator, path);
  expect(whole).toMatchObject({ status: 200, headers: { 'content-type': 'application/javascript' } });
  expect(whole.body).toMatch(/^const apiSchema = \[/);
  const since = whole.headers['last-modified'] as string;
  const again = await ask(simulator, path, { headers: { 'if-modified-since': since } });
  expect(again).toMatchObject({ status: 304, body: '' });
  expect(await ask(simulator, 'GET /pve-docs/nope.html')).toMatchObject({
    ...{ status: 500, reason: "no such file '/pve-docs/nope.html'" },
  });
  expect(await ask(simulator, 'GET /pve-docs/api-viewer/nope.js')).toMatchObject({
    status: 500,
    reason: "unable to open file '/usr/share/pve-docs/api-viewer/nope.js' - No such file or directory",
  });
});

test('an error text that Perl cannot write breaks the connection', async () => {
  // Recorded for an agent error with curly quotes, answered by pvedaemon: 596 after five seconds. A plain Latin-1
  // text goes through.
  const simulator = start();
  const users = (userid: string) =>
    ask(simulator, 'POST /access/users', { as, form: { userid, password: 'secret-pass' } });
  await users('j“x@pve');
  expect(await users('j“x@pve')).toMatchObject({ status: 596, reason: 'Broken pipe', body: '', took: 5000 });
  await users('jö@pve');
  expect(await users('jö@pve')).toMatchObject({
    status: 500,
    reason: `create user failed: user 'jö@pve' already exists`,
  });
});

test('an upload needs its privilege before anything else, and its parts', async () => {
  const simulator = start();
  const line = 'POST /nodes/pve1/storage/local/upload';
  const body = 'content=iso&filename=x.iso';
  const reason = 'Permission check failed (/storage/local, Datastore.AllocateTemplate)';
  expect(await ask(simulator, line, { as: 'monitor@pve!ro', body })).toMatchObject({
    status: 403,
    reason,
    body: '',
  });
  await expect(ask(simulator, line, { as, body })).rejects.toMatchObject({ code: 'ECONNRESET' });
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  expect(await ask(simulator, line, { as, body: '--x--', headers })).toMatchObject({
    status: 500,
    reason: 'upload failed at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 1370.',
  });
});

test('writes down what came, with the login it came from', async () => {
  const simulator = start();
  await ask(simulator, 'GET /version?x=1', { as });
  await ask(simulator, 'POST /access/ticket', { form: { username: 'a@b' } });
  expect(simulator.received).toEqual([
    { method: 'GET', path: '/api2/json/version', query: 'x=1', body: '', login: as },
    { method: 'POST', path: '/api2/json/access/ticket', query: '', body: 'username=a%40b', login: undefined },
  ]);
});

test('an aborted request rejects with the reason, and the server goes on with it', async () => {
  const simulator = start();
  const controller = new AbortController();
  const gone = new Error('gone');
  const waiting = simulator.fetch({
    ...{ method: 'GET', path: '/api2/json/nodes/pve2/status', signal: controller.signal },
    headers: { authorization: `PVEAPIToken=${as}=${simulator.logins[as]}` },
  });
  controller.abort(gone);
  await expect(waiting).rejects.toBe(gone);
  expect(simulator.received).toHaveLength(1);
});

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'a parameter named %s is unknown like any other',
  async (name) => {
    const { status, json } = await ask(start(), `GET /version?${name}=1`, { as });
    expect(status).toBe(400);
    expect(Object.entries(json.errors)).toEqual([
      [name, 'property is not defined in schema and the schema does not allow additional properties'],
    ]);
  },
);
