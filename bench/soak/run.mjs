// npm run soak: five minutes of load, then faults; `-- --seconds 20` makes it short. Exit code 1 where something is not as it
// must be, with what was found.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { quantile, table } from '../harness.mjs';
import { Book } from './book.mjs';
import { startCallers } from './callers.mjs';
import { Canaries } from './canary.mjs';
import { runFaults } from './faults.mjs';
import { HealthWatch } from './health.mjs';
import { descriptorsOf, MemoryWatch, startCluster, startServer } from './processes.mjs';
import { bearer, openGetStream, openSse } from './wire.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '300' }, streams: { type: 'string', default: '500' } },
});
const loadMs = Number(values.seconds) * 1000;
/** Below this the memory has not settled, and its figure says nothing. */
const SETTLED_MS = 120_000;
const isLong = loadMs >= SETTLED_MS;
const faultMs = isLong ? 12_000 : 8_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const rows = [];
const failures = [];
const check = (what, good, figure) => {
  rows.push([what, figure, good ? 'yes' : '**no**']);
  if (!good) failures.push(`${what}: ${figure}`);
  console.error(`${good ? 'ok ' : 'BAD'} ${what}: ${figure}`);
};

const cluster = await startCluster();
const { ready } = cluster;
const canaries = new Canaries();
const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-soak-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const NAMES = { alice: 'danger', bob: 'danger', carol: 'danger', dave: 'change', eve: 'read' };
const tokenOf = Object.fromEntries(
  Object.keys(NAMES).map((name) => [name, canaries.secret(`MCP_AUTH_TOKEN of ${name}`)]),
);
// Eve reads nothing of what she asks for; the others call.
const { eve, ...callersTokens } = tokenOf;
const tokens = Object.values(callersTokens);
for (const [login, secret] of Object.entries(ready.logins)) canaries.know(`the secret of ${login}`, secret);
const logFile = join(folder, 'stderr');
const stateDir = join(folder, 'state');
const server = await startServer(
  {
    PROXMOX_URL: ready.url,
    PROXMOX_TOKEN_ID: 'root@pam!full',
    PROXMOX_PASSWORD: ready.logins['root@pam!full'],
    PROXMOX_FINGERPRINT: ready.fingerprint,
    PROXMOX_TIMEOUT: '5',
    MCP_AUTH_TOKEN: Object.entries(NAMES)
      .map(([name, scope]) => `${name}:${scope}:${tokenOf[name]}`)
      .join('\n'),
    MCP_LOGINS: JSON.stringify({
      carol: { user: 'root@pam', password: ready.logins['root@pam'] },
      bob: { tokenId: 'root@pam!full', secret: ready.logins['root@pam!full'] },
    }),
    MCP_LOGINS_OTHERS: 'default',
    MCP_APPROVE_SECRET: canaries.secret('MCP_APPROVE_SECRET'),
    MCP_RATE_LIMIT: '0',
    MCP_CONCURRENCY: '100',
    MCP_SESSION_IDLE: '15',
    MCP_STATE_DIR: stateDir,
    LOG_LEVEL: 'trace',
  },
  logFile,
);
const { url, pid } = server;
let isOver = false;
void server.ended.then((code) => {
  if (!isOver) {
    console.error(`the server ended with ${code}\n${readFileSync(logFile, 'utf8').slice(-3000)}`);
    process.exit(1);
  }
});

const book = new Book();
let phase = 'unloaded';
const enter = (name) => {
  phase = name;
  console.error(`-- ${name}`);
};
const look = (where, text) => canaries.look(where, text);
const calling = (count, think) =>
  startCallers({ url, tokens, count, book, look, phase: () => phase, ...(think !== undefined && { think }) });
const metricsText = async () => {
  const answer = await fetch(`${url}/metrics`, {
    headers: { ...bearer(tokens[0]), connection: 'close' },
  });
  const text = await answer.text();
  look('/metrics', text);
  return text;
};
const gauge = async (name) =>
  Number(new RegExp(`^proxmox_mcp_${name} (\\d+)`, 'm').exec(await metricsText())?.[1]);

// A token that was good here before is taken while wrong ones are tried from the same address; a new one is not.
(await openSse(url, eve)).close();
// Everything is loaded and open that one call needs; then the connections to Proxmox close by themselves.
const warm = await calling(3, 5);
await pause(3000);
await warm.stop();
await pause(8000);
const base = { descriptors: descriptorsOf(pid) };
const memory = new MemoryWatch(pid);
const health = new HealthWatch(url);
const few = await calling(1, 10);
enter('alone');
await pause(Math.min(15_000, loadMs));
await few.stop();
const healthAlone = health.times.splice(0);

enter('load');
const half = Number(values.streams) / 2;
const streams = [];
for (let opened = 0; opened < half; opened += 10) {
  const some = Array.from({ length: 10 }, (_, index) => tokens[(opened + index) % tokens.length]);
  const both = some.flatMap((token) => [openSse(url, token), openGetStream(url, token)]);
  streams.push(...(await Promise.all(both)));
}
const callers = await calling(64);
const loaded = Date.now();
await pause(loadMs);
const healthLoaded = health.times.splice(0);
const calmUntil = Date.now();
const usedBefore = await server.inUse();

const soak = { cluster, health, enter, check, book, pid, url, tokens, eve, look };
await runFaults(soak, faultMs);

enter('after all');
const afterMs = isLong ? 45_000 : 5000;
await pause(afterMs);
const afterFaults = memory.between(Date.now() - afterMs / 2, Date.now());
const usedAfter = await server.inUse();
const ended = streams.filter((stream) => stream.ended).length;
check('no stream was lost', ended === 0, `${ended} of ${streams.length}`);
await callers.stop();
health.stop();
for (const stream of streams) stream.close();
enter('at rest');
// The server closes idle connections of ours after 75 s.
for (let turn = 0; turn < 100; turn += 1) {
  await pause(1000);
  if (descriptorsOf(pid) <= base.descriptors && (await gauge('sessions')) === 0) break;
}
await pause(6000);
const descriptors = descriptorsOf(pid);
check(
  'descriptors are what they were',
  descriptors <= base.descriptors + 2,
  `${base.descriptors} -> ${descriptors}`,
);
for (const name of ['sessions', 'sse_streams', 'calls_running']) {
  const left = await gauge(name);
  check(`${name} left`, left === 0, String(left));
}

const quarter = loadMs / 4;
const early = memory.between(loaded + quarter, loaded + 2 * quarter);
const late = memory.between(calmUntil - quarter, calmUntil);
const ratio = late / early;
const inMiB = (from, until, ratio) => `${from.toFixed(0)} -> ${until.toFixed(0)} MiB (${ratio.toFixed(2)}x)`;
const flat = !isLong || ratio <= 1.1;
check(
  `memory under load, second quarter to last${isLong ? '' : ' (too short to judge)'}`,
  flat,
  inMiB(early, late, ratio),
);
const growth = (what, from, until) => {
  const grown = until / from;
  check(
    `memory under load, before the faults and after: ${what}${isLong ? '' : ' (too short to judge)'}`,
    !isLong || grown <= 1.1,
    inMiB(from, until, grown),
  );
};
growth('of the process, as it is', late, afterFaults);
growth('of the process, garbage collected', usedBefore.rss, usedAfter.rss);
growth('what is in use', usedBefore.heap + usedBefore.beside, usedAfter.heap + usedAfter.beside);

check(
  'no call without an answer',
  book.lost.length === 0,
  `${book.lost.length} of ${book.calls}${first(book.lost)}`,
);
const all = new Map();
for (const codes of book.codes.values())
  for (const [code, times] of codes) all.set(code, (all.get(code) ?? 0) + times);
const own = ['internal', 'unknown', '-32603', '-32001', '-32000'].filter((code) => all.has(code));
check(
  'no mistake of our own, no session lost',
  own.length === 0,
  [...all].map(([code, times]) => `${code} ${times}`).join(', '),
);
const wrong = book.contradictions(await cluster.tell('arrived'));
check(
  'no write twice, none told otherwise',
  wrong.length === 0,
  `${wrong.length} of ${book.writes}${first(wrong)}`,
);
check('/healthz was always well', health.unhealthy === 0, `${health.unhealthy} times not`);

isOver = true;
server.stop();
await server.ended;
look('the log', readFileSync(logFile, 'utf8'));
for (const file of filesIn(stateDir)) look(file.slice(folder.length), readFileSync(file, 'latin1'));
check(
  `no secret anywhere (${canaries.searched} searched for)`,
  canaries.finds.length === 0,
  canaries.finds.join('; ') || 'none',
);

const times = (values) => [0.5, 0.9, 0.99].map((q) => quantile(values, q));
const alone = times(book.times.get('alone') ?? []);
const busy = times(book.times.get('load') ?? []);
const row = (name, a, b) => [
  name,
  ...a.map(
    (value, index) =>
      `${value?.toFixed(1)} -> ${b[index]?.toFixed(1)} ms (${(b[index] / value).toFixed(1)}x)`,
  ),
];
const rate =
  (book.codes.get('load') ? [...book.codes.get('load').values()].reduce((a, b) => a + b, 0) : 0) /
  (loadMs / 1000);
console.log(table(['what must be true', 'found', 'is it'], rows));
console.log(
  `\n${rate.toFixed(0)} calls a second of 64 callers beside ${streams.length} streams, for ${loadMs / 1000} s; most memory ${memory.most.toFixed(0)} MiB.\n`,
);
console.log(
  table(
    ['one caller alone -> under load', 'p50', 'p90', 'p99'],
    [row('a read', alone, busy), row('/healthz (the event loop)', times(healthAlone), times(healthLoaded))],
  ),
);
if (failures.length > 0) console.error(`\n${failures.length} not as it must be:\n${failures.join('\n')}`);
process.exit(failures.length > 0 ? 1 : 0);

function first(list) {
  return list.length === 0 ? '' : `: ${list.slice(0, 3).join('; ')}`;
}

function filesIn(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
