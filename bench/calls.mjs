// What the server adds to a GET, and how many calls a second it answers, on each transport.
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { clients, house, load, median, quantile, start, table } from './harness.mjs';

const TRANSPORTS = { modern: '/mcp, 2026-07-28', streamable: '/mcp, 2025-11-25', sse: '/sse' };
const GET = ['proxmox_api_call', { path: '/version' }];
/** How many at once, and how many in all. */
const WIDTHS = { 1: 1500, 16: 4000, 64: 6000 };

export async function benchLatency() {
  const { ready, url, stop } = await house();
  const bare = bareGet(ready);
  const rows = [];
  for (const [kind, name] of Object.entries(TRANSPORTS)) {
    const { call, close } = await clients[kind](url, 1);
    const through = [];
    const direct = [];
    for (let warm = 0; warm < 500; warm += 1) {
      await call(...GET);
      await bare.get();
    }
    // In turns, so that both see the same machine.
    for (let turn = 0; turn < 2000; turn += 1) {
      direct.push(await timed(bare.get));
      through.push(await timed(() => call(...GET)));
    }
    const at = (q) => [quantile(direct, q), quantile(through, q)];
    const cells = [0.5, 0.99].flatMap((q) => {
      const [d, t] = at(q);
      return [`${d.toFixed(2)} ms`, `${t.toFixed(2)} ms`, `**${(t - d).toFixed(2)} ms**`];
    });
    rows.push([name, ...cells]);
    await close();
  }
  bare.close();
  stop();
  return table(
    [
      'raw GET, one at a time',
      'undici p50',
      'through the server p50',
      'added p50',
      'undici p99',
      'through the server p99',
      'added p99',
    ],
    rows,
  );
}

/** Calls a second at several widths, each transport and the echo in turns, three times; the median counts. */
export async function benchThroughput() {
  const { ready, url, stop } = await house();
  const echo = await start(['bench/echo.mjs']);
  const relay = await start(['bench/relay.mjs', JSON.stringify(ready)]);
  const yardsticks = { echo: echo.found[1], relay: relay.found[1] };
  const kinds = [...Object.keys(yardsticks), ...Object.keys(TRANSPORTS)];
  const open = (kind, width) =>
    kind in yardsticks ? clients.echo(yardsticks[kind], width) : clients[kind](url, width);
  for (const kind of kinds) {
    const { call, close } = await open(kind, 16);
    await load(() => call(...GET), 5000, 16);
    await close();
  }
  const rows = [];
  for (const [width, count] of Object.entries(WIDTHS)) {
    const rates = Object.fromEntries(kinds.map((kind) => [kind, []]));
    for (let round = 0; round < 3; round += 1) {
      for (const kind of kinds) {
        const { call, close } = await open(kind, Number(width));
        await load(() => call(...GET), count / 4, Number(width));
        rates[kind].push((await load(() => call(...GET), count, Number(width))).perSecond);
        await close();
      }
    }
    const rate = (kind) => median(rates[kind]);
    const cell = (kind) => `${rate(kind).toFixed(0)} (${(rate(kind) / rate('echo')).toFixed(2)})`;
    rows.push([width, rate('echo').toFixed(0), ...['relay', ...Object.keys(TRANSPORTS)].map(cell)]);
  }
  stop();
  echo.child.kill();
  relay.child.kill();
  return table(
    [
      'raw GETs a second (share of the echo)',
      '`node:http` JSON echo',
      'echo and a GET with undici',
      ...Object.values(TRANSPORTS),
    ],
    rows,
  );
}

export function tokens() {
  const golden = JSON.parse(readFileSync('test/golden/tools-list.json', 'utf8'));
  const size = (list) => Math.ceil(JSON.stringify({ tools: list }).length / 4);
  return table(
    ['`tools/list`, bytes / 4', 'tokens'],
    [
      ['without output schemas', size(golden.map(({ outputSchema: _, ...tool }) => tool))],
      ['with output schemas', size(golden)],
    ],
  );
}

function bareGet({ url, tokenId, tokenSecret }) {
  const pool = new Pool(url, { connections: 1, pipelining: 1, connect: { rejectUnauthorized: false } });
  const headers = { authorization: `PVEAPIToken=${tokenId}=${tokenSecret}` };
  const get = async () => {
    const { body } = await pool.request({ method: 'GET', path: '/api2/json/version', headers });
    return JSON.parse(await body.text());
  };
  return { get, close: () => pool.destroy() };
}

async function timed(one) {
  const from = performance.now();
  await one();
  return performance.now() - from;
}
