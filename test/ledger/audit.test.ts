import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { run, stateFolder } from '../program.ts';
import { change, files, onlyFile, openLedger } from './folder.ts';

/** A ledger whose server says what time it is. */
function ledgerAt(stateDir: string, start: string, options: Parameters<typeof openLedger>[1] = {}) {
  const clock = { time: Date.parse(start), now: () => clock.time, sleep: async () => {} };
  return { clock, ledger: openLedger(stateDir, { clock, ...options }) };
}

/** Two servers that were at work at the same time. */
async function twoServers(stateDir: string): Promise<void> {
  const one = ledgerAt(stateDir, '2026-11-22T20:00:00Z');
  const other = ledgerAt(stateDir, '2026-11-22T20:00:10Z', { login: 'ops@pve!ci' });
  const approved = { plan: '3f9a2c5d7e8f00112233', approval: 'command' };
  const stop = { ...change(100), ...approved };
  stop.request = { verb: 'POST', path: '/nodes/pve1/qemu/100/status/stop', params: {}, effect: 'danger' };
  const begun = await one.ledger.begin(stop);
  const refused = await other.ledger.begin({ ...change(101, { cores: '4' }), login: 'ops@pve!ci' });
  one.clock.time += 20_000;
  const upid = 'UPID:pve1:0000C0DE:00ABCDEF:6A000000:qmstop:100:root@pam!mcp:';
  await one.ledger.ended(begun, { upid });
  await one.ledger.taskEnded(upid, 'OK');
  await one.ledger.begin(change(102));
  await other.ledger.ended(refused, { failure: new Failure('forbidden', 'No.', 'Ask.') });
}

const audit = (MCP_STATE_DIR: string, ...args: string[]) =>
  run(['audit', ...args], { env: { MCP_STATE_DIR } });

test('shows what was changed by whom, approved how, and how it ended, the newest last', async () => {
  const folder = stateFolder();
  await twoServers(folder);
  const { code, stdout, stderr } = await audit(folder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n').map((row) => row.split(/ {2,}/))).toEqual([
    ['TIME (UTC)', 'RESULT', 'EFFECT', 'APPROVED', 'CLIENT', 'LOGIN', 'TOOL', 'CALL', 'TASK'],
    [
      '2026-11-22 20:00:00',
      'task OK',
      'danger',
      'command 3f9a2c5d7e8f',
      'gemini-cli 0.61.0 (local)',
      'root@pam!mcp',
      'proxmox_api_call',
      'POST /nodes/pve1/qemu/100/status/stop',
      'UPID:pve1:0000C0DE:00ABCDEF:6A000000:qmstop:100:root@pam!mcp:',
    ],
    [
      '2026-11-22 20:00:10',
      'forbidden',
      'change',
      '-',
      'gemini-cli 0.61.0 (local)',
      'ops@pve!ci',
      'proxmox_api_call',
      'PUT /nodes/pve1/qemu/101/config cores=4',
      '-',
    ],
    [
      '2026-11-22 20:00:20',
      'no end known',
      'change',
      '-',
      'gemini-cli 0.61.0 (local)',
      'root@pam!mcp',
      'proxmox_api_call',
      'PUT /nodes/pve1/qemu/102/config',
      '-',
    ],
    [''],
  ]);
});

test('--json gives the lines of all files, by time', async () => {
  const folder = stateFolder();
  await twoServers(folder);
  const { code, stdout } = await audit(folder, '--json');
  expect(code).toBe(0);
  const texts = stdout.trim().split('\n');
  expect(texts.map((text) => JSON.parse(text).kind)).toEqual([
    'begin',
    'begin',
    'end',
    'end',
    'task',
    'begin',
  ]);
  const written = files(folder).flatMap((path) => readFileSync(path, 'utf8').split('\n'));
  expect(texts.filter((text) => !written.includes(text))).toEqual([]);
});

test.each([
  [['--vmid', '101'], ['/nodes/pve1/qemu/101/config']],
  [['--vmid', '10'], []],
  [
    ['--since', '2026-11-22T20:00:05Z'],
    ['/nodes/pve1/qemu/101/config', '/nodes/pve1/qemu/102/config'],
  ],
  [['--limit', '1'], ['/nodes/pve1/qemu/102/config']],
  [['--since', '1m'], []],
])('%j shows the changes that are meant', async (args, paths) => {
  const folder = stateFolder();
  await twoServers(folder);
  const table = await audit(folder, ...args);
  expect(table.stdout.match(/\/nodes\S+/g) ?? []).toEqual(paths);
  const json = await audit(folder, '--json', ...args);
  const lines = json.stdout.split('\n').flatMap((text) => (text === '' ? [] : JSON.parse(text)));
  expect(lines.flatMap(({ request }) => request?.path ?? [])).toEqual(paths);
});

test('a change that names a guest in its parameters is found by its VMID', async () => {
  const folder = stateFolder();
  const ledger = openLedger(folder);
  await ledger.begin(change(100, { newid: '117' }));
  await ledger.begin(change(100, { vms: '118,119' }));
  expect((await audit(folder, '--vmid', '117')).stdout).toContain('newid=117');
  expect((await audit(folder, '--vmid', '119')).stdout).toContain('vms=118,119');
});

test('what Proxmox or a client wrote cannot play with the terminal', async () => {
  const folder = stateFolder();
  const ledger = openLedger(folder);
  const client = 'evil\u001b]0;owned\u0007\u001b[2J\u202e\n2026-11-22 20:00:00  ok';
  const entry = await ledger.begin({ ...change(100, { description: 'a\r\nb\u001b[1A' }), client });
  await ledger.ended(entry, { upid: 'UPID:pve1:\u001b[31m' });
  const { stdout } = await audit(folder);
  expect(stdout.trim().split('\n')).toHaveLength(2);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});

test('--verify says that a ledger is whole, what cannot be known, and where a crash has cut it', async () => {
  const folder = stateFolder();
  await openLedger(folder).begin(change());
  writeFileSync(onlyFile(folder), `${readFileSync(onlyFile(folder), 'utf8')}{"n":3,"ti`);
  await openLedger(folder).begin(change());
  const { code, stdout, stderr } = await audit(folder, '--verify');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /Z-[0-9a-f]{6}\.jsonl: 2 lines, then a part of one: a crash or a full disk cut it\n/,
  );
  expect(stdout).toContain('is intact');
  expect(stdout).toContain('ship the lines elsewhere');
});

test('--verify says in which line of which file a ledger is broken, and ends with 1', async () => {
  const folder = stateFolder();
  const ledger = openLedger(folder);
  await ledger.begin(change(100, { cores: '4' }));
  await ledger.begin(change(101));
  const path = onlyFile(folder);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"cores":"4"', '"cores":"8"'));
  const { code, stderr } = await audit(folder, '--verify');
  expect(code).toBe(1);
  expect(stderr).toContain(`${path.split('/').at(-1)}, line 2, was changed`);
  const table = await audit(folder);
  expect(table.code).toBe(1);
  expect(table.stdout).toContain('/nodes/pve1/qemu/101/config');
  expect(table.stderr).toContain('audit --verify');
});

test('--verify misses a file that another one has seen', async () => {
  const folder = stateFolder();
  await openLedger(folder).begin(change());
  const path = onlyFile(folder);
  await openLedger(folder).begin(change());
  rmSync(path);
  const { code, stderr } = await audit(folder, '--verify');
  expect(code).toBe(1);
  expect(stderr).toContain(`${path.split('/').at(-1)} is missing`);
});

test('lines that are no lines of ours are told of and do no harm', async () => {
  const folder = stateFolder();
  await openLedger(folder).begin(change());
  const path = onlyFile(folder);
  const odd = [
    'null',
    '7',
    '{"kind":"begin","time":"soon"}',
    '{"kind":"begin","time":"2026-11-22","request":7}',
    '\u0000',
  ];
  writeFileSync(path, `${readFileSync(path, 'utf8')}${odd.join('\n')}\n`);
  const { code, stdout, stderr } = await audit(folder);
  expect(code).toBe(1);
  expect(stdout).toContain('/nodes/pve1/qemu/100/config');
  expect(stderr).toContain('broken');
});

test.each([
  [['--since', 'yesterday'], '--since'],
  [['--limit', '0'], '--limit'],
  [['--vmid', 'web1'], '--vmid'],
  [['--frobnicate'], '--frobnicate'],
])('%j is a wrong argument: it ends with 78', async (args, says) => {
  const { code, stderr } = await audit(stateFolder(), ...args);
  expect(code).toBe(78);
  expect(stderr).toContain(says);
  expect(stderr).toContain('proxmox-mcp audit');
});

test('no state folder ends with 78; one without a ledger says that no change is written down', async () => {
  const none = await run(['audit'], { env: { HOME: '', MCP_STATE_DIR: '' } });
  expect(none.code).toBe(78);
  expect(none.stderr).toContain('MCP_STATE_DIR');
  const empty = await audit(stateFolder(), '--verify');
  expect(empty.code).toBe(0);
  expect(empty.stdout).toContain('No change is written down');
});
