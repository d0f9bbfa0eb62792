import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { personAt } from './person.ts';

/** Somebody at a terminal, or not; `shown` is what has been written there. */
function somebody(isTTY: boolean, stopSignal = new Promise<void>(() => {})) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = new PassThrough({ encoding: 'utf8' });
  let shown = '';
  output.on('data', (part) => {
    shown += part;
  });
  return { input, shown: () => shown, person: personAt(input, output, stopSignal) };
}

test('a line is the answer, and an empty one too; a secret is not shown', async () => {
  const { input, person, shown } = somebody(true);
  const name = person.ask('Name: ');
  input.write('pve1\r');
  expect(await name).toBe('pve1');
  const none = person.ask('Level: ');
  input.write('\r');
  expect(await none).toBe('');
  const secret = person.secret('Password: ');
  input.write('canary\r');
  expect(await secret).toBe('canary');
  expect(shown()).toContain('Password: ');
  expect(shown()).not.toContain('canary');
});

test.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('%s is no answer, not even the usual one', async (_name, key) => {
  const { input, person } = somebody(true);
  for (const ask of ['ask', 'secret'] as const) {
    const asked = person[ask]('Level [read] ');
    input.write(key);
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  }
});

test('a signal ends what is asked', async () => {
  let stop = () => {};
  const { person } = somebody(true, new Promise((resolve) => (stop = resolve)));
  const asked = person.secret('Password: ');
  stop();
  await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
});

test('without a terminal a secret is the first line, and empty where there is none', async () => {
  const { input, person, shown } = somebody(false);
  input.end('first\nsecond\n');
  expect(await person.secret('Password: ')).toBe('first');
  const closed = somebody(false);
  closed.input.end();
  expect(await closed.person.secret('Password: ')).toBe('');
  expect(shown()).toBe('');
});
