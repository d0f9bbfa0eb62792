import { existsSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Fault } from '../../src/simulator/faults.ts';
import { accessOf, town } from './town.ts';

test.each(['read', 'operate', 'full'])('what init made for %s is gone, and nothing else', async (level) => {
  const { program, sure, simulator, file } = await town();
  const before = accessOf(simulator);
  await program([...sure, '--level', level]);
  expect(accessOf(simulator)).not.toEqual(before);
  const { code, stdout, stderr } = await program(['--remove', '--yes', '--json']);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout).removed).toEqual([
    'API token mcp@pve!mcp',
    'user mcp@pve, with its permissions',
    ...(level === 'full' ? ['role proxmox-mcp-read'] : []),
    `role proxmox-mcp-${level}`,
    `settings file ${file}`,
  ]);
  expect(accessOf(simulator)).toEqual(before);
  expect(existsSync(file)).toBe(false);
});

test('it asks first, and shows what will go', async () => {
  const { program, person, sure, password, simulator, file } = await town();
  await program([...sure, '--level', 'read']);
  const made = accessOf(simulator);
  const no = await person(['--remove'], ['', password, 'n']);
  expect(no.error).toMatchObject({ code: 'cancelled' });
  expect(no.shown).toContain('user mcp@pve, with its permissions');
  expect(no.shown).toContain(`the settings file ${file}`);
  expect((await program(['--remove'])).code).toBe(78);
  expect(accessOf(simulator)).toEqual(made);
  expect((await person(['--remove'], ['', password, 'y'])).error).toBeUndefined();
  expect(existsSync(file)).toBe(false);
});

test('a user that was there before, and tokens of others, stay', async () => {
  const { program, sure, simulator } = await town();
  simulator.world.access.addUser('mcp@pve');
  const before = accessOf(simulator);
  await program([...sure, '--level', 'operate']);
  const { stdout } = await program(['--remove', '--yes', '--json']);
  expect(JSON.parse(stdout).kept).toEqual(['user mcp@pve, whom init did not make']);
  expect(accessOf(simulator)).toEqual(before);
});

test('of two machines with tokens of their own, one leaves and the other goes on', async () => {
  const { program, sure, simulator, file } = await town();
  const flags = [...sure, '--level', 'read'];
  await program([...flags, '--token-name', 'laptop', '--out', `${file}.laptop`]);
  const one = accessOf(simulator);
  await program([...flags, '--token-name', 'desk']);
  const { stdout } = await program(['--remove', '--yes', '--json']);
  expect(JSON.parse(stdout).removed).toEqual(['API token mcp@pve!desk', `settings file ${file}`]);
  expect(accessOf(simulator)).toEqual(one);
});

test('a role that somebody else was given stays', async () => {
  const { program, sure, simulator } = await town();
  await program([...sure, '--level', 'read']);
  simulator.world.access.grant('/vms', 'user', 'carl@pve', 'proxmox-mcp-read');
  const { stdout } = await program(['--remove', '--yes', '--json']);
  expect(JSON.parse(stdout).kept).toEqual(['role proxmox-mcp-read, for others have it']);
  expect(simulator.world.access.roles.has('proxmox-mcp-read')).toBe(true);
});

/** Stops at the last step: everything but the permission is made. */
const halfway: Fault[] = [{ name: 'reset-before', on: 'PUT /access/acl' }];

test('what was made halfway is named, and can be undone', async () => {
  const { program, sure, simulator, listening } = await town({ faults: halfway });
  const before = accessOf(simulator);
  const { code, stderr } = await program([...sure, '--level', 'read']);
  expect(code).toBe(1);
  expect(stderr).toContain('It stopped at: permission on / and below');
  expect(stderr).toContain('made user mcp@pve');
  const [, undo = ''] = / init (--remove .*)/.exec(stderr) ?? [];
  expect(undo).toContain(`--url ${listening.url} --user mcp@pve --token-name mcp --fingerprint`);
  expect((await program([...undo.trim().split(' '), '--yes'])).code).toBe(0);
  expect(accessOf(simulator)).toEqual(before);
});

test('a run that stopped halfway is gone on with by running it again', async () => {
  const { program, sure, simulator } = await town({ faults: halfway });
  expect((await program([...sure, '--level', 'read'])).code).toBe(1);
  const again = await program([...sure, '--level', 'read', '--force', '--regenerate']);
  expect(again.code, again.stderr).toBe(0);
  const { acl } = accessOf(simulator);
  expect(acl.filter(({ roleid }) => roleid === 'proxmox-mcp-read')).toHaveLength(2);
});

test('a token whose answer was lost is not made twice, and its secret is not guessed', async () => {
  const on = 'POST /access/users/{userid}/token/{tokenid}';
  const { program, sure, simulator, file } = await town({ faults: [{ name: 'reset-after', on }] });
  const { code, stderr } = await program([...sure, '--level', 'read']);
  expect(code).toBe(1);
  expect(stderr).toContain('It stopped at: API token mcp@pve!mcp');
  expect(existsSync(file)).toBe(false);
  expect(simulator.received.filter(({ path }) => path.endsWith('/token/mcp'))).toHaveLength(1);
  const again = await program([...sure, '--level', 'read', '--regenerate']);
  expect(again.code, again.stderr).toBe(0);
});

test('without a settings file it must be said where, and a file that init did not write stays', async () => {
  const { program, sure, listening, file } = await town();
  const nowhere = await program(['--remove', '--yes']);
  expect([nowhere.code, nowhere.stderr]).toEqual([78, expect.stringContaining('--url')]);
  const nothing = await program(['--remove', ...sure]);
  expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining('Nothing of init')]);
  await program([...sure, '--level', 'read']);
  const own = `PROXMOX_URL=${listening.url}\nPROXMOX_TOKEN_ID=mcp@pve!mcp\nPROXMOX_FINGERPRINT=${listening.fingerprint}\n`;
  writeFileSync(file, own);
  expect((await program(['--remove', '--yes'])).code).toBe(0);
  expect(existsSync(file)).toBe(true);
});
