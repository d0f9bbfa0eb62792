// What the server weighs: idle, after calls, and with many open streams.
import { setTimeout as settle } from 'node:timers/promises';
import { clients, house, load, openSse, rss, table } from './harness.mjs';

const STREAMS = 500;

export async function benchMemory() {
  const { url, pid, stop } = await house();
  const rows = [];
  const note = async (what) => {
    // Sockets and the garbage collector come to rest.
    await settle(1500);
    rows.push([what, `${rss(pid).toFixed(0)} MiB`]);
  };
  await note('idle after start');
  const streams = await Promise.all(Array.from({ length: STREAMS }, () => openSse(url)));
  await note(`${STREAMS} open SSE streams`);
  for (const stream of streams) stream.close();
  const { call, close } = await clients.modern(url, 16);
  await load(() => call('list_nodes', {}), 5000, 16);
  await close();
  await note('streams closed, after 5,000 calls');
  stop();
  return table(['server RSS', ''], rows);
}
