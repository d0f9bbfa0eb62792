import { createServer, connect as open, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { START } from '../../src/state/ledger/line.ts';
import { RedisConnection } from '../../src/state/redis/connection.ts';
import { LEDGER } from '../../src/state/redis/keys.ts';
import { openRedisStore } from '../../src/state/redis/store.ts';
import { aRedis, emptyDatabases, type RedisServer } from '../redis-server.ts';
import { change, redisLedger, redisLines } from './folder.ts';

const emptyDatabase = emptyDatabases();

const upid = 'UPID:pve1:0000C0DE:00ABCDEF:6A000000:qmconfig:100:root@pam!mcp:';

async function verdict(url: string) {
  const store = openRedisStore({ url, key: undefined, clock: realClock });
  onTestFinished(() => store.close());
  return (await store.reader.verify()).problems;
}

/** What somebody with an own way to Redis does to a database. */
async function evil(url: string, ...command: string[]) {
  const connection = new RedisConnection(url, realClock);
  onTestFinished(() => connection.close());
  return connection.send(command);
}

test('three servers write one chain at the same time, each in its own order', async () => {
  const url = emptyDatabase();
  const servers = [redisLedger(url), redisLedger(url), redisLedger(url)];
  await Promise.all(
    servers.map(async (ledger, server) => {
      for (let index = 0; index < 30; index += 1) {
        const entry = await ledger.begin(change(1000 * (server + 1) + index));
        await ledger.ended(entry, {});
      }
    }),
  );
  const lines = await redisLines(url);
  expect(lines).toHaveLength(1 + 2 * 90);
  expect(lines[0]).toMatchObject({ kind: 'head', n: 1, file: LEDGER, version: '1.2.3', prev: START.hash });
  expect(await verdict(url)).toEqual([]);
  for (const server of [1, 2, 3]) {
    const paths = lines.flatMap((line) => (line.kind === 'begin' ? [line.request.path] : []));
    const own = paths.filter((path) => path.includes(`/qemu/${server}0`));
    expect(own).toEqual(
      Array.from({ length: 30 }, (_, index) => `/nodes/pve1/qemu/${1000 * server + index}/config`),
    );
  }
});

test('the end of a task is told by whichever server sees it, and once', async () => {
  const url = emptyDatabase();
  const [one, other] = [redisLedger(url), redisLedger(url)];
  await one.ended(await one.begin(change(100)), { upid });
  await Promise.all([one.taskEnded(upid, 'OK'), other.taskEnded(upid, 'OK'), other.taskEnded(upid, 'OK')]);
  const tasks = (await redisLines(url)).filter(({ kind }) => kind === 'task');
  expect(tasks).toMatchObject([{ begin: 2, upid, exitstatus: 'OK' }]);
});

/** A ledger of some lines, and what is done to it. */
const tampering: [string, (url: string) => Promise<unknown>, RegExp][] = [
  [
    'a line was edited',
    (url) => edit(url, (line) => line.replace('qemu/101', 'qemu/999')),
    /line 4, was changed/,
  ],
  ['a line was removed', (url) => evil(url, 'XDEL', LEDGER, '4-0'), /line 4, does not follow/],
  ['the oldest were removed', (url) => evil(url, 'XTRIM', LEDGER, 'MAXLEN', '3'), /line 1, does not follow/],
  ['a strange entry was added', (url) => evil(url, 'XADD', LEDGER, '*', 'a', 'b'), /line 8, is no line/],
  ['it was begun by another program', (url) => another(url), /line 1, is not the head/],
];

/** A stream whose fourth entry is another. */
async function edit(url: string, how: (line: string) => string) {
  const entries = (await evil(url, 'XRANGE', LEDGER, '-', '+')) as [string, string[]][];
  await evil(url, 'DEL', LEDGER);
  for (const [id, [field = '', line = '', ...rest]] of entries)
    await evil(url, 'XADD', LEDGER, id, field, id === '4-0' ? how(line) : line, ...rest);
}

async function another(url: string) {
  const copy = emptyDatabase();
  await redisLedger(copy).begin(change());
  const [, entry] = (await evil(copy, 'XRANGE', LEDGER, '-', '+')) as [string, string[]][];
  const { seal } = await import('../../src/state/ledger/line.ts');
  const { n: _n, time, prev: _prev, hash: _hash, ...words } = JSON.parse(entry?.[1][1] ?? '');
  await evil(url, 'DEL', LEDGER);
  await evil(url, 'XADD', LEDGER, '1-0', 'line', seal(words, time, START).text.trimEnd(), 'by', 'x');
}

test.each(tampering)('%s: it is found, and no server that starts adds to it', async (_, tamper, says) => {
  const url = emptyDatabase();
  const before = redisLedger(url);
  for (const vmid of [100, 101, 102]) await before.ended(await before.begin(change(vmid)), {});
  expect(await redisLines(url)).toHaveLength(7);
  expect(await verdict(url)).toEqual([]);

  await tamper(url);
  const [problem] = await verdict(url);
  expect(`line ${problem?.line}, ${problem?.text}`).toMatch(says);
  const message = expect.stringContaining('is broken');
  await expect(redisLedger(url).begin(change())).rejects.toMatchObject({ code: 'ledger', message });
});

test.each([
  ['its last line was removed', (url: string) => evil(url, 'XDEL', LEDGER, '7-0')],
  ['all of its lines were removed', (url: string) => evil(url, 'XTRIM', LEDGER, 'MAXLEN', '0')],
  ['it is gone', (url: string) => evil(url, 'DEL', LEDGER)],
])('%s: the servers that wrote it notice', async (_, tamper) => {
  const url = emptyDatabase();
  const ledger = redisLedger(url);
  for (const vmid of [100, 101, 102]) await ledger.ended(await ledger.begin(change(vmid)), {});
  await tamper(url);
  const message = expect.stringContaining('is broken');
  await expect(ledger.begin(change())).rejects.toMatchObject({ code: 'ledger', message });
});

test('a new server notices that lines at the end were removed, where the stream remembers their numbers', async () => {
  const url = emptyDatabase();
  await redisLedger(url).begin(change());
  await evil(url, 'XDEL', LEDGER, '2-0');
  await expect(redisLedger(url).begin(change())).rejects.toMatchObject({
    message: expect.stringContaining('lines after line 1 were removed'),
  });
});

test('Redis goes and comes back: changes stop and go on, and nothing that happened is lost', async () => {
  const redis = await aRedis();
  const ledger = patient(redis);
  const begun = await ledger.begin(change(100));
  await redis.kill();
  await ledger.ended(begun, { upid });
  await expect(ledger.begin(change(101))).rejects.toMatchObject({
    code: 'ledger',
    message: expect.stringMatching(/127\.0\.0\.1:\d+ can't be reached .*Nothing was sent; reads still work/),
    hint: expect.stringContaining('no restart is needed'),
  });
  await redis.start();
  await ledger.begin(change(102));
  expect(await told(redis.url)).toEqual(['head', 'begin 100', 'end of 2: ok', 'begin 102']);
  expect(await verdict(redis.url)).toEqual([]);
});

test('an end whose answer was lost stands there once', async () => {
  const redis = await aRedis();
  const proxy = await muteable(redis.port);
  const ledger = patient({ url: `redis://127.0.0.1:${proxy.port}` });
  const first = await ledger.begin(change(100));
  proxy.muteAfter('EVAL');
  await Promise.all([
    ledger.ended(first, {}),
    expect(ledger.begin(change(101))).rejects.toMatchObject({ code: 'ledger' }),
  ]);
  proxy.unmute();
  await ledger.begin(change(102));
  expect(await told(redis.url)).toEqual(['head', 'begin 100', 'end of 2: ok', 'begin 102']);
  expect(await verdict(redis.url)).toEqual([]);
});

test('a change whose answer was lost was not sent, and the ledger says so', async () => {
  const redis = await aRedis();
  const proxy = await muteable(redis.port);
  const ledger = patient({ url: `redis://127.0.0.1:${proxy.port}` });
  proxy.muteAfter('EVAL');
  await expect(ledger.begin(change(100))).rejects.toMatchObject({ code: 'ledger' });
  proxy.unmute();
  const next = await ledger.begin(change(101));
  await ledger.ended(next, {});
  expect(await told(redis.url)).toEqual([
    'head',
    'begin 100',
    'begin 101',
    'end of 2: ledger',
    'end of 3: ok',
  ]);
  expect(await verdict(redis.url)).toEqual([]);
});

async function told(url: string): Promise<string[]> {
  return (await redisLines(url)).map((line) => {
    if (line.kind === 'begin') return `begin ${/\d{3}/.exec(line.request.path)}`;
    return line.kind === 'end' ? `end of ${line.begin}: ${line.result}` : line.kind;
  });
}

test.each([
  ['keeps nothing on its disk', ['--appendonly', 'no'], 'CONFIG SET appendonly yes'],
  [
    'throws away what it likes',
    [
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
      '--maxmemory',
      '50mb',
      '--maxmemory-policy',
      'allkeys-lru',
    ],
    'noeviction',
  ],
])('nothing depends on a Redis that %s', async (_, settings, advice) => {
  const redis = await aRedis(settings);
  const ledger = patient(redis);
  await expect(ledger.begin(change())).rejects.toMatchObject({
    code: 'ledger',
    hint: expect.stringContaining(advice),
  });
  expect(await redisLines(redis.url)).toEqual([]);
});

test('a Redis that may lose a second is enough where it says when its disk has something, else not', async () => {
  const redis = await aRedis(['--appendonly', 'yes', '--appendfsync', 'everysec']);
  const [known] = (await redis.send('COMMAND', 'INFO', 'WAITAOF')) as unknown[];
  const begun = patient(redis).begin(change());
  if (known !== null) expect(await begun).toBe('2');
  else await expect(begun).rejects.toMatchObject({ hint: expect.stringContaining('appendfsync always') });
});

test('what is set right at a running Redis is enough', async () => {
  const redis = await aRedis(['--appendonly', 'no']);
  const ledger = patient(redis);
  await expect(ledger.begin(change())).rejects.toThrow();
  await redis.send('CONFIG', 'SET', 'appendonly', 'yes');
  await redis.send('CONFIG', 'SET', 'appendfsync', 'always');
  expect(await ledger.begin(change())).toBe('2');
});

/** A ledger whose clock has always waited long enough to try again. */
function patient({ url }: Pick<RedisServer, 'url'>) {
  let now = 1_700_000_000_000;
  const clock = { now: () => (now += 10_000), sleep: async () => {} };
  const facts = { version: '1.2.3', server: 'https://pve1:8006', login: 'root@pam!mcp' };
  const ledger = openRedisStore({ url, key: undefined, clock }).ledger(facts);
  onTestFinished(() => ledger.close());
  return ledger;
}

/** A way to Redis which hands on what is asked, and breaks instead of handing back the answer to some command. */
async function muteable(port: number) {
  let word: string | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = open(port, '127.0.0.1');
    let isMute = false;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (data) => {
      isMute ||= word !== undefined && data.includes(word);
      far.write(data);
    });
    far.on('data', (data) => {
      if (isMute) near.destroy();
      else near.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    muteAfter: (text: string) => {
      word = text;
    },
    unmute: () => {
      word = undefined;
    },
  };
}
