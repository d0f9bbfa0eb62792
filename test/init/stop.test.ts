import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { accessOf, town } from './town.ts';

test.each(['The certificate of', 'Password of', 'This will be done'])(
  'Ctrl-C while nothing is made yet (%s) ends it, and nothing is changed',
  async (stopsAt) => {
    const { person, sure, password, simulator, file } = await town();
    const before = accessOf(simulator);
    const { error } = await person([...sure, '--level', 'read'], ['', password], stopsAt);
    expect(error).toMatchObject({ code: 'cancelled', message: 'Stopped. Nothing was changed.' });
    expect(accessOf(simulator)).toEqual(before);
    expect(existsSync(file)).toBe(false);
  },
);

test('Ctrl-C in the midst of the making: what is there is said, and the line that is given undoes it', async () => {
  const { person, program, sure, password, simulator } = await town();
  const before = accessOf(simulator);
  const { error } = await person([...sure, '--level', 'operate'], ['', password], 'made: role');
  expect(error).toMatchObject({
    code: 'cancelled',
    message: expect.stringMatching(
      /^It stopped at: API token .* You wanted it to\. Done before that: made role .*; made user mcp@pve/,
    ),
  });
  expect(accessOf(simulator).tokens).toEqual(before.tokens);
  const [, undo = ''] = /Undo it: npx -y proxmox-mcp init (.*)$/.exec((error as { hint: string }).hint) ?? [];
  const { code, stderr } = await program([...undo.split(' '), '--yes']);
  expect(code, stderr).toBe(0);
  expect(accessOf(simulator)).toEqual(before);
});

test('Ctrl-C once the token is made: its permissions are left out, and running it again goes on', async () => {
  const { person, program, sure, password, file } = await town();
  const stopped = await person([...sure, '--level', 'full'], ['', password], 'made: API token');
  expect(stopped.error).toMatchObject({ message: expect.stringContaining('made API token mcp@pve!mcp') });
  expect(existsSync(file)).toBe(true);
  const again = await program([...sure, '--level', 'full', '--force', '--regenerate']);
  expect(again.code, again.stderr).toBe(0);
});

test('Ctrl-C before the proof: all is made and said to be', async () => {
  const { person, sure, password, file } = await town();
  const { error } = await person([...sure, '--level', 'read'], ['', password], 'set: permission');
  expect(error).toMatchObject({
    code: 'cancelled',
    message: `Stopped. All was made, and the settings are in ${file}, but nothing is proven.`,
    hint: expect.stringContaining('init --remove'),
  });
});

test('Ctrl-C in the midst of the undoing says what is gone, and the rest goes later', async () => {
  const { person, program, sure, password, simulator, file } = await town();
  const before = accessOf(simulator);
  await program([...sure, '--level', 'read']);
  const { error } = await person(['--remove', '--yes'], ['', password], 'removed: API token');
  expect(error).toMatchObject({
    message: expect.stringContaining('Done before that: removed API token mcp@pve!mcp'),
  });
  expect(existsSync(file)).toBe(true);
  expect((await program(['--remove', '--yes'])).code).toBe(0);
  expect(accessOf(simulator)).toEqual(before);
  expect(existsSync(file)).toBe(false);
});
