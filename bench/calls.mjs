// What the server adds to a GET, and how many calls a second it answers, on each transport.
import { readFileSync } from 'node:fs';
import { bareClient, clients, house, load, median, quantile, start, table } from './harness.mjs';

const TRANSPORTS = { modern: '/mcp, 2026-07-28', streamable: '/mcp, 2025-11-25', sse: '/sse' };
const GET = ['proxmox_api_call', { path: '/version' }];
/** How many at once, and how many in all. */
const WIDTHS = { 1: 1500, 16: 4000, 64: 6000 };

export async function benchLatency() {
  const { ready, url, stop } = await house();
  const bare = bareClient(ready);
  const get = () => bare.get('/version');
  const rows = [];
  for (const [kind, name] of Object.entries(TRANSPORTS)) {
    const { call, close } = await clients[kind](url, 1);
    const through = [];
    const direct = [];
    for (let warm = 0; warm < 500; warm += 1) {
      await call(...GET);
      await get();
    }
    // In turns, so that both see the same machine.
    for (let turn = 0; turn < 2000; turn += 1) {
      direct.push(await timed(get));
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

/** What a model is asked and told while it finds a call and makes it. */
const TYPICAL = [
  ['api_search', { query: 'resize a disk of a VM' }],
  ['api_describe', { path: '/nodes/{node}/qemu/{vmid}/resize', method: 'PUT' }],
  ['api_describe', { path: '/nodes/{node}/qemu', method: 'POST' }],
  ['proxmox_api_call', { path: '/nodes/pve1/qemu/100/config' }],
  [
    'proxmox_api_call',
    {
      path: '/nodes/pve1/qemu/100/resize',
      method: 'PUT',
      data: { disk: 'scsi0', size: '+1G' },
      dry_run: true,
    },
  ],
];

export async function tokens() {
  const golden = JSON.parse(readFileSync('test/golden/tools-list.json', 'utf8'));
  const size = (value) => Math.ceil(Buffer.byteLength(value) / 4);
  const listed = (list) => size(JSON.stringify({ tools: list }));
  const { url, stop } = await house();
  const { call, close } = await clients.modern(url, 1);
  const rows = [];
  for (const [name, args] of TYPICAL) {
    const { content, isError } = await call(name, args);
    if (isError) throw new Error(content[0].text);
    const asked = JSON.stringify(args);
    rows.push([`\`${name}\` \`${asked}\``, size(asked), size(content[0].text)]);
  }
  await close();
  stop();
  const lists = table(
    ['`tools/list`, bytes / 4', 'tokens'],
    [
      ['without output schemas', listed(golden.map(({ outputSchema: _, ...tool }) => tool))],
      ['with output schemas', listed(golden)],
    ],
  );
  return [lists, table(['a call, bytes / 4', 'arguments', 'text of the answer'], rows)].join('\n\n');
}

async function timed(one) {
  const from = performance.now();
  await one();
  return performance.now() - from;
}
