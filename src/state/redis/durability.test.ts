import { ErrorReply } from '@redis/client';
import { expect, test } from 'vitest';
import { durability } from './durability.ts';
import type { Reply, Session } from './session.ts';
import { storeTrouble } from './trouble.ts';

/*
 * Servers that know WAITAOF (Redis 7.2, Valkey) are not on every machine: these answers are as their documentation has
 * them. What an older one does is tested on a real one, with the ledger.
 */

/** A server with these answers; what it has none for, it does not know. */
function server(answers: Record<string, Reply | Error>): Session & { sent: string[] } {
  const sent: string[] = [];
  const send = async (command: readonly string[]) => {
    const text = command.join(' ');
    sent.push(text);
    const answer = answers[text] ?? new ErrorReply(`ERR unknown command '${command[0]}'`);
    if (answer instanceof Error) throw storeTrouble('redis:6379', answer);
    return answer;
  };
  return { send, sent };
}

const WAIT = 'WAITAOF 1 0 3000';
const kept = { 'CONFIG GET maxmemory-policy': ['maxmemory-policy', 'noeviction'] };
const noConfig = new ErrorReply("NOPERM User mcp has no permissions to run the 'config|get' command");

test('a server that says when its disk has it is asked after every write', async () => {
  const session = server({ ...kept, [WAIT]: [1, 0] });
  const settled = await durability(session, 'redis:6379');
  session.sent.length = 0;
  await settled();
  expect(session.sent).toEqual([WAIT]);
});

test('a disk that does not have it in time is no disk that has it', async () => {
  const answers: Record<string, Reply | Error> = { ...kept, [WAIT]: [1, 0] };
  const settled = await durability(server(answers), 'redis:6379');
  answers[WAIT] = [0, 0];
  await expect(settled()).rejects.toMatchObject({
    code: 'ledger',
    message: expect.stringContaining('too slow'),
  });
});

test('a server that has no append-only file is told how to get one', async () => {
  const off = new ErrorReply('ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.');
  await expect(durability(server({ ...kept, [WAIT]: off }), 'redis:6379')).rejects.toMatchObject({
    code: 'ledger',
    hint: expect.stringContaining('CONFIG SET appendonly yes'),
  });
});

test('what does not say how it is set is not relied on', async () => {
  const names = ['maxmemory-policy', 'appendonly', 'appendfsync'];
  const silent = Object.fromEntries(names.map((name) => [`CONFIG GET ${name}`, noConfig]));
  await expect(durability(server(silent), 'redis:6379')).rejects.toMatchObject({
    code: 'ledger',
    hint: expect.stringContaining('does not say how it is set'),
  });
});

test('one that does not say how it is set, and waits for its disk, is enough', async () => {
  const settled = await durability(
    server({ 'CONFIG GET maxmemory-policy': noConfig, [WAIT]: [1, 0] }),
    'redis:6379',
  );
  await expect(settled()).resolves.toBeUndefined();
});
