import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFiles } from '../../src/config/open-files.ts';
import { outcome, run, start, stateFolder, waitFor } from '../program.ts';

const TOKENS = 'alice:read:CANARY-0123456789abcdef';
const isOwner = process.getuid !== undefined;

/** A file of that name and mode, in a folder of the test's own. */
function file(name: string, text: string, mode: number): string {
  const path = join(stateFolder(), name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test.runIf(isOwner)(
  'a settings file and a secret that others can read are warned about by name',
  async () => {
    const settings = file('settings.env', 'MCP_DEMO=true\nMCP_TRANSPORT=http\nMCP_PORT=0\n', 0o644);
    const tokens = file('tokens', TOKENS, 0o640);
    const child = start(['--env-file', settings], { MCP_AUTH_TOKEN_FILE: tokens });
    const ended = outcome(child);
    await waitFor(child.stderr, /MCP is served/);
    child.kill('SIGTERM');
    const { stderr } = await ended;
    for (const each of [settings, tokens])
      expect(stderr).toContain(`others can read the secrets in ${each}: chmod 600 ${each}"`);
    expect(stderr.match(/"level":40/g)).toHaveLength(2);
    expect(stderr).not.toContain('CANARY');
  },
);

test('files that nobody else can read are not spoken of, over stdio too', async () => {
  const settings = file('settings.env', 'MCP_DEMO=true\n', 0o600);
  const tokens = file('tokens', TOKENS, 0o400);
  const { code, stderr } = await run(['--env-file', settings], { env: { MCP_AUTH_TOKEN_FILE: tokens } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

const us = 65_532;
const cases: [string, string, number, number, string | undefined][] = [
  ['our own, 0600', '/etc/x', us, 0o600, undefined],
  ['our own, and writable by its group', '/etc/x', us, 0o620, 'chmod 600 /etc/x'],
  ["root's, which we read as its group", '/etc/x', 0, 0o640, undefined],
  ["root's, which everybody reads", '/etc/x', 0, 0o644, 'chown 65532 /etc/x && chmod 600 /etc/x'],
  ["Docker's, 0444 as it makes them", '/run/secrets/x', 0, 0o444, undefined],
  [
    "systemd's, whose ACL looks like a group's rights",
    '/run/credentials/mcp.service/x',
    us,
    0o440,
    undefined,
  ],
  ['one beside those of Docker', '/run/secrets-of-mine/x', us, 0o644, 'chmod 600 /run/secrets-of-mine/x'],
];

test.each(cases)('a secret that is %s', (_what, path, uid, mode, fix) => {
  const found = openFiles({ PROXMOX_PASSWORD_FILE: path }, undefined, us, () => ({
    uid,
    mode: 0o100_000 | mode,
  }));
  expect(found).toEqual(fix === undefined ? [] : [{ file: path, fix }]);
});

test('where files have no owners, nothing is said', () => {
  expect(
    openFiles({ PROXMOX_PASSWORD_FILE: 'C:\\x' }, 'C:\\y', undefined, () => ({ uid: 0, mode: 0o666 })),
  ).toEqual([]);
});
