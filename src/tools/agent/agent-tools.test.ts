import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';

const demo = () => connect({ seed: 'demo' });

test('a line for the shell: output, exit code, and what comes from the guest fenced', async () => {
  const { call } = await demo();
  const { text, data } = await call('run_in_guest', {
    guest: 'web1',
    command: 'hostname && cat /etc/nothing',
  });
  expect(text).toMatch(
    /^100 web1: exit code 1\n<untrusted source="stdout of 100">\nweb1\n<\/untrusted>\n<untrusted source="stderr of 100">\ncat: can't open/,
  );
  expect(data).toMatchObject({ vmid: 100, exitcode: 1, out: 'web1' });
});

test('a program and its arguments as they are, with input', async () => {
  const { call } = await demo();
  const run = async (args: object) => (await call('run_in_guest', { guest: 100, ...args })).data;
  expect(await run({ command: ['echo', 'a  b; c'] })).toMatchObject({ exitcode: 0, out: 'a  b; c' });
  expect(await run({ command: '["echo", "x"]' })).toMatchObject({ exitcode: 0, out: 'x' });
  expect(await run({ command: ['cat'], input: 'für später' })).toMatchObject({ out: 'für später' });
});

test('a program that is not there is said to be that', async () => {
  const { call } = await demo();
  const list = await call('run_in_guest', { guest: 100, command: ['/no/such'] });
  expect(list.text).toMatch(/^Error \(not_found\): The agent could not start \/no\/such/);
  const line = await call('run_in_guest', { guest: 100, command: 'nosuch' });
  expect(line.data).toMatchObject({ exitcode: 127, err: 'sh: 1: nosuch: not found' });
});

test('what takes longer than it may is named, and not lost', async () => {
  const { call } = await demo();
  const { text, data, isError } = await call('run_in_guest', {
    guest: 100,
    command: ['sleep', '100'],
    timeout: 5,
  });
  expect(isError).toBe(false);
  expect(data).toMatchObject({ running: true, pid: expect.any(Number) });
  expect(text).toMatch(/STILL RUNNING after 5s as PID \d+; .*exec-status\?pid=\d+/);
});

test('long output keeps its end', async () => {
  const { call } = await demo();
  const { text, data } = await call('run_in_guest', {
    ...{ guest: 100, command: ['cat'], input: `${'line\n'.repeat(500)}the end`, max_output: 100 },
  });
  expect(data).toMatchObject({ cut: true, out: expect.stringMatching(/^…line[\s\S]*the end$/) });
  expect(text).toContain('The beginning was cut');
});

test.each([
  ['a container', 'dns', /is a container[\s\S]*pct exec 200/],
  ['a template', '9000', /is a template/],
  ['a stopped VM', '106', /106 .* is stopped\.[\s\S]*power_guest/],
  ['nobody', 'nobody', /There is no guest nobody/],
])('%s runs nothing, and the way on is said', async (_what, guest, expected) => {
  const { call } = await demo();
  for (const [tool, args] of [
    ['run_in_guest', { command: 'id' }],
    ['guest_files', { path: '/etc/hostname' }],
  ] as const) {
    const { text, isError } = await call(tool, { guest, ...args });
    expect(isError).toBe(true);
    expect(text).toMatch(expected);
  }
});

test('a file is read, written and edited', async () => {
  const { call } = await demo();
  const files = (args: object) => call('guest_files', { guest: 'web1', path: '/etc/motd', ...args });
  expect((await files({})).text).toMatch(/^Error .*\n.*\n.*No such file/);
  expect((await files({ content: 'Grüße\nport = 80\n' })).text).toBe('100 /etc/motd: written, 18 bytes.');
  expect((await files({ old: 'port = 80', new: 'port = 8080' })).data).toMatchObject({ action: 'edited' });
  expect((await files({})).data).toMatchObject({ action: 'read', content: 'Grüße\nport = 8080\n' });
  expect((await files({ offset: 8, limit: 4 })).data).toMatchObject({ content: 'port', more: true });
});

test('an edit that fits nothing, or more than once, changes nothing', async () => {
  const { call } = await demo();
  const files = (args: object) => call('guest_files', { guest: 'web1', path: '/etc/hosts', ...args });
  const before = (await files({})).data?.content;
  expect((await files({ old: 'nonsense', new: 'x' })).text).toContain('does not have that text');
  expect((await files({ old: '127.0', new: 'x' })).text).toContain('2 times');
  expect((await files({ old: '127.0', content: 'x' })).text).toContain('Give one or the other');
  expect((await files({ content: 'x'.repeat(62_000) })).text).toContain('the agent takes 60 KiB');
  expect((await files({})).data?.content).toBe(before);
});

test('to run and to write needs a person, to read does not', async () => {
  const { call, ledger } = await connect({ seed: 'demo', policy: { approve: 'danger' } });
  expect((await call('guest_files', { guest: 'web1', path: '/etc/hostname' })).isError).toBe(false);
  expect((await call('guest_files', { guest: 'web1', path: '/x', content: 'y' })).text).toContain(
    'needs_approval',
  );
  expect((await call('run_in_guest', { guest: 'web1', command: 'id' })).text).toContain('needs_approval');
  expect(ledger.entries).toEqual([]);
});

test('where only reading is allowed, files are still read', async () => {
  const { call, client } = await connect({ seed: 'demo', policy: { readOnly: true } });
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names).toContain('guest_files');
  expect(names).not.toContain('run_in_guest');
  expect((await call('guest_files', { guest: 'web1', path: '/x', content: 'y' })).text).toContain(
    'only reads',
  );
});
