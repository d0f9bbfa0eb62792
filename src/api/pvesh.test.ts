import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { createVirtualClock } from '../simulator/virtual-clock.ts';
import { Api } from './api.ts';
import { type ApiPath, path, taskId, volume } from './path.ts';
import { type PveshSettings, pvesh } from './pvesh.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const script = (file: string, body: string) => {
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
};

/**
 * A pvesh that writes its arguments down and then does what the test says, and an ssh that hands its last argument to a
 * shell, as sshd does. `behaviour` is shell text.
 */
function node(behaviour: string, { ssh = false, refusal = '', settings = {} as PveshSettings } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'pvesh-test-'));
  folders.push(folder);
  const written = (name: string) => join(folder, name);
  const programs = { pvesh: written('pvesh'), ssh: written('ssh') };
  script(programs.pvesh, `printf '%s\\0' "$@" > '${written('args')}'\n${behaviour}`);
  script(
    programs.ssh,
    `printf '%s\\0' "$@" > '${written('ssh-args')}'\n${refusal}\nfor last; do :; done\nexec sh -c "$last"`,
  );
  const read = (name: string) =>
    existsSync(written(name)) ? readFileSync(written(name), 'utf8').split('\0').slice(0, -1) : undefined;
  const all = { programs: { ...programs, ...settings.programs } };
  const send = pvesh({ ...(ssh && { ssh: 'root@pve1' }), ...settings, ...all });
  const clock = createVirtualClock();
  const api = new Api({ send, login: { kind: 'none', user: 'root@pam' }, clock });
  return { api, send, folder, args: () => read('args'), sshArgs: () => read('ssh-args') };
}

const ways = [
  ['on this machine', false],
  ['over ssh', true],
] as const;

const version = `echo '{"release":"9.2","repoid":"14a22df35955d97d","version":"9.2.11"}'`;

describe.each(ways)('pvesh %s', (_, ssh) => {
  test('reads what it prints as JSON', async () => {
    const { api, args } = node(version, { ssh });
    expect(await api.get(path`/version`)).toEqual({
      ...{ release: '9.2', repoid: '14a22df35955d97d', version: '9.2.11' },
    });
    expect(args()).toEqual(['get', '/version', '--output-format', 'json']);
  });

  test('prints nothing for null', async () => {
    const { api } = node('exit 0', { ssh });
    expect(await api.put(path`/nodes/${'pve1'}/dns`, { search: 'x' })).toBeNull();
  });

  test.each([
    ['GET', 'get'],
    ['POST', 'create'],
    ['PUT', 'set'],
    ['DELETE', 'delete'],
  ] as const)('%s is %s, with its parameters', async (verb, command) => {
    const { api, args } = node('echo null', { ssh });
    await api.request(verb, path`/nodes/${'pve1'}/qemu/${100}/config`, { onboot: true, memory: 512 });
    expect(args()).toEqual([
      ...[command, '/nodes/pve1/qemu/100/config', '--onboot', '1', '--memory', '512'],
      ...['--output-format', 'json'],
    ]);
  });

  test('the path is that of the API, not of a URL', async () => {
    const { api, args } = node('echo null', { ssh });
    const upid = 'UPID:pve:0000053C:00055B55:6B031A52:qmstart:100:root@pam!lab:';
    await api.get(path`/nodes/${'pve1'}/tasks/${taskId(upid)}/log`, { limit: 5 });
    expect(args()?.[1]).toBe(`/nodes/pve1/tasks/${upid}/log`);
    await api.get(path`/nodes/${'pve1'}/storage/${'local'}/content/${volume('local:iso/a b.iso')}`);
    expect(args()?.[1]).toBe('/nodes/pve1/storage/local/content/local:iso/a b.iso');
  });

  const nasty = [
    '$(touch /tmp/never)`id`',
    `it's "quoted" \\ and \\' more`,
    'two\nlines\r\n\ttabs',
    '-n --help --output-format yaml',
    '; rm -rf / & | > < * ? [a] {b,c} ~ # ! %s',
    "'",
    "''\\''",
    'ümläut – ✓ 漢字 🙂',
    ' ',
    '=a=b&c+d%41',
  ];
  test.each(nasty)('an argument arrives as it is: %j', async (text) => {
    const { api, args } = node('echo null', { ssh });
    await api.put(path`/nodes/${'pve1'}/qemu/${100}/config`, { description: text });
    expect(args()).toEqual([
      ...['set', '/nodes/pve1/qemu/100/config', '--description', text, '--output-format', 'json'],
    ]);
  });

  test('a list is a repeated option, and an empty text a text', async () => {
    const { api, args } = node('echo null', { ssh });
    await api.post(path`/nodes/${'pve1'}/qemu/${100}/agent/exec`, { command: ['sh', '-c', 'a b'] });
    expect(args()?.slice(2, -2)).toEqual(['--command', 'sh', '--command', '-c', '--command', 'a b']);
    await api.put(path`/nodes/${'pve1'}/qemu/${100}/config`, { description: '', quiet: 1 });
    expect(args()?.slice(2, -2)).toEqual(['--description', '']);
  });

  const upid = 'UPID:pve1:000003A8:00050340:6B031970:qmstart:100:root@pam:';
  test.each([
    ['alone', `echo '"${upid}"'`],
    ['after its log', `echo 'starting it'; echo 'half a line{'; printf 'and more'; echo '"${upid}"'`],
    // Another node's log comes without line breaks, together with the UPID, as one text.
    ['from another node', `echo '"starting itand more\\"${upid}\\""'`],
    ['after warnings', `echo 'WARN: no' >&2; echo 'Task finished with 1 warning(s)!' >&2; echo '"${upid}"'`],
    ['of a task that failed', `echo 'VM 100 already running' >&2; echo '"${upid}"'`],
  ])('a task is its UPID: %s', async (_name, behaviour) => {
    const { api } = node(behaviour, { ssh });
    expect(await api.post(path`/nodes/${'pve1'}/qemu/${100}/status/start`)).toBe(upid);
  });

  test('parameters that are refused are named', async () => {
    const { api } = node(
      `printf '400 Parameter verification failed.\\nvmid: type check failed\\n  and more\\nmemory: too small\\npvesh create <api_path> --vmid <integer> [OPTIONS]\\n' >&2; exit 255`,
      { ssh },
    );
    const failure = await failureOf(api.post(path`/nodes/${'pve1'}/qemu`, { vmid: 'x' }));
    expect(failure).toMatchObject({
      code: 'invalid_parameter',
      details: {
        ...{ status: 400, reason: 'Parameter verification failed.', call: 'POST /nodes/pve1/qemu' },
        errors: { vmid: 'type check failed and more', memory: 'too small' },
      },
    });
  });

  test.each([
    ["Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist", 2, 'not_found', 500],
    ["storage 'nope' does not exist", 255, 'not_found', 500],
    ['VM is locked (backup)', 255, 'locked', 500],
    ["No 'get' handler defined for '/nope'", 1, 'not_implemented', 501],
    ["no 'create' handler for '/version'", 255, 'not_implemented', 501],
    ['403 Permission check failed (user != root@pam)', 255, 'forbidden', 403],
    ['400 unable to parse option', 255, 'invalid_parameter', 400],
    ['', 1, 'refused', 500],
    ['\x1b[1;31mVM is locked\x1b[0m (backup)\x07', 255, 'locked', 500],
  ])('its words are understood: %j', async (text, exit, code, status) => {
    const { api } = node(`printf '%s\\n' "${text}" >&2; exit ${exit}`, { ssh });
    const failure = await failureOf(api.get(path`/nodes/${'pve1'}/qemu/${999}/config`));
    expect(failure).toMatchObject({ code, details: { status } });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
    expect(failure.message).not.toMatch(/[\x00-\x08\x0b-\x1f]/);
  });

  test('a secret that it repeats is taken out', async () => {
    const { api } = node(`echo "password '$4' is too short" >&2; exit 255`, { ssh });
    const failure = await failureOf(api.put(path`/access/password`, { password: 'canary-7f3a' }));
    expect(failure.message).toContain('is too short');
    expect(failure.message).not.toContain('canary');
  });

  test.each([
    ['another program', 'echo "Usage: pvesh --what"'],
    ['half an answer', `printf '{"a":'`],
  ])('%s is no answer', async (_name, behaviour) => {
    const { api } = node(behaviour, { ssh });
    expect((await failureOf(api.get(path`/version`))).code).toBe('bad_answer');
  });

  test('a large answer comes whole', async () => {
    const { api } = node(`printf '"'; head -c 3000000 /dev/zero | tr '\\0' x; printf '"\\n'`, { ssh });
    expect(await api.get<string>(path`/version`)).toHaveLength(3_000_000);
  });

  test('more than 64 MiB ends it', async () => {
    const { api } = node('exec cat /dev/zero', { ssh });
    expect(await failureOf(api.get(path`/version`))).toMatchObject({
      ...{ code: 'bad_answer', message: expect.stringContaining('64 MiB') },
    });
  });

  test('endless words on stderr fill no memory', async () => {
    const { api } = node(`head -c 30000000 /dev/zero | tr '\\0' e >&2; ${version}`, { ssh });
    // The end of the words is lost, and with it, over ssh, the proof that all went well.
    const answer = api.get(path`/version`);
    if (ssh) expect((await failureOf(answer)).code).toBe('unreachable');
    else expect(await answer).toMatchObject({ version: '9.2.11' });
  });

  test('silence ends it after the timeout', async () => {
    const { api, folder } = node(`echo $$ > "$(dirname "$0")/pid"; exec sleep 5`, { ssh });
    const failure = await failureOf(api.get(path`/version`, {}, { timeoutMs: 1500 }));
    expect(failure).toMatchObject({ code: 'timeout', message: expect.stringContaining('1500 ms') });
    expect(failure.details.mayHaveRun).toBeUndefined();
    if (!ssh) await gone(join(folder, 'pid'));
  });

  test('an abort ends it, and leaves a change in doubt', async () => {
    const { api, folder } = node(`echo $$ > "$(dirname "$0")/pid"; exec sleep 5`, { ssh });
    const controller = new AbortController();
    const failure = failureOf(
      api.post(path`/nodes/${'pve1'}/vzdump`, { vmid: '100' }, { signal: controller.signal }),
    );
    await expect.poll(() => existsSync(join(folder, 'pid'))).toBe(true);
    controller.abort();
    expect(await failure).toMatchObject({ code: 'cancelled', details: { mayHaveRun: true } });
    if (!ssh) await gone(join(folder, 'pid'));
  });

  test('a missing pvesh is named', async () => {
    const { api } = node('', { ssh, settings: { programs: { pvesh: '/nowhere/pvesh' } } });
    expect(await failureOf(api.get(path`/version`))).toMatchObject({
      ...{ code: 'config', message: expect.stringContaining('There is no pvesh on') },
    });
  });

  test('who is not root is told so', async () => {
    const { api } = node(`echo 'please run as root' >&2; exit 255`, { ssh });
    expect((await failureOf(api.get(path`/version`))).code).toBe('forbidden');
  });

  test('no more than four run at once', async () => {
    const { api, folder } = node(
      `d=$(dirname "$0"); echo + >> "$d/log"; sleep 0.05; echo - >> "$d/log"; echo null`,
      { ssh },
    );
    await Promise.all(Array.from({ length: 10 }, () => api.get(path`/version`)));
    let [now, most] = [0, 0];
    for (const sign of readFileSync(join(folder, 'log'), 'utf8').trim().split('\n')) {
      now += sign === '+' ? 1 : -1;
      most = Math.max(most, now);
    }
    expect([now, most <= 4, most > 1]).toEqual([0, true, true]);
  });
});

/** Waits until the process whose number stands in a file is gone. */
async function gone(file: string): Promise<void> {
  const pid = Number(readFileSync(file, 'utf8'));
  await expect
    .poll(() => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    })
    .toBe(false);
}

describe('ssh', () => {
  test('gets its options, then the host, then one command', async () => {
    const { api, sshArgs } = node(version, {
      ...{ ssh: true, settings: { ssh: 'root@pve1', sshOptions: ['-p', '2222'] } },
    });
    await api.get(path`/version`);
    const [command, ...before] = (sshArgs() ?? []).toReversed();
    expect(before.toReversed()).toEqual(['-T', '-o', 'BatchMode=yes', '-p', '2222', '--', 'root@pve1']);
    expect(command).toContain(`'env' 'LC_ALL=C.UTF-8'`);
  });

  // OpenSSH's own words; it ends with 255 for all of them, as Perl does for its own.
  test.each([
    ['Host key verification failed.', 'tls'],
    ['@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n@@@\nHost key verification failed.', 'tls'],
    ['root@pve1: Permission denied (publickey,password).', 'auth'],
    ['ssh: Could not resolve hostname pve1: Name or service not known', 'unreachable'],
    ['ssh: connect to host pve1 port 22: Connection refused', 'unreachable'],
    ['ssh: connect to host pve1 port 22: Connection timed out', 'timeout'],
  ])('fails before anything ran: %j', async (text, code) => {
    const { api, args } = node(version, { ssh: true, refusal: `printf '%s\\n' '${text}' >&2; exit 255` });
    const failure = await failureOf(api.post(path`/pools`, { poolid: 'x' }));
    expect(failure).toMatchObject({ code, message: expect.stringContaining('ssh to root@pve1 failed') });
    expect(failure.details.mayHaveRun).toBeUndefined();
    expect(args()).toBeUndefined();
  });

  test.each([
    ['is killed', 'kill -9 $PPID', ''],
    [
      'loses its connection',
      '',
      `echo 'proxmox-mcp-pvesh: begin' >&2; echo 'client_loop: send disconnect: Broken pipe' >&2; exit 255`,
    ],
  ])('that %s leaves a change in doubt', async (_, behaviour, refusal) => {
    const { api } = node(behaviour, { ssh: true, refusal });
    const failure = await failureOf(api.post(path`/pools`, { poolid: 'x' }));
    expect(failure).toMatchObject({ code: 'unreachable', details: { mayHaveRun: true } });
  });

  test("its banner and warnings are not pvesh's words", async () => {
    const { api } = node(`echo 'VM is locked (backup)' >&2; exit 255`, {
      ...{ ssh: true, refusal: `echo '400 Welcome' >&2; echo "Warning: Permanently added 'pve1'" >&2` },
    });
    expect(await failureOf(api.get(path`/version`))).toMatchObject({
      ...{ code: 'locked', message: 'VM is locked (backup)', details: { status: 500 } },
    });
  });

  test('is missing', async () => {
    const send = pvesh({ ssh: 'root@pve1', programs: { ssh: '/nowhere/ssh' } });
    const failure = await failureOf(send({ method: 'GET', path: '/api2/json/version', headers: {} }));
    expect(failure).toMatchObject({ code: 'config', message: expect.stringContaining('/nowhere/ssh') });
  });

  test.each(['-oProxyCommand=touch /tmp/x', '', 'root@pve1 reboot', 'pve1\nreboot'])(
    'takes no host %j',
    (host) => {
      expect(() => pvesh({ ssh: host })).toThrow('ssh host');
    },
  );
});

test.each([
  ['--help', 'x'],
  ['output-format', 'yaml'],
  ['noproxy', '1'],
  ['a b', 'x'],
])('a parameter of the name %s is refused', async (name, value) => {
  const { api, args } = node(version);
  const failure = await failureOf(api.put('/nodes/pve1/config' as ApiPath, { [name]: value }));
  expect(failure.code).toBe('invalid_argument');
  expect(args()).toBeUndefined();
});

test('an argument longer than the system takes is refused', async () => {
  const { api } = node(version);
  const failure = await failureOf(api.put(path`/cluster/options`, { description: 'x'.repeat(200_000) }));
  expect(failure).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('too long') });
});

test('an upload is refused', async () => {
  const { send, args } = node(version);
  const stream = { contentType: 'x', length: 1, complete: false, chunks: (async function* () {})() };
  const request = {
    method: 'POST',
    path: '/api2/json/nodes/a/storage/b/upload',
    headers: {},
    stream,
  } as const;
  expect((await failureOf(send(request))).code).toBe('config');
  expect(args()).toBeUndefined();
});
