// A large cluster: time, memory and size of get_cluster_resources, beside the raw JSON that Proxmox sends.
import { Agent, request } from 'undici';
import { clients, house, load, median, rss, table } from './harness.mjs';

export async function benchResources() {
  const rows = [];
  for (const scale of [1000, 10_000]) {
    const { ready, url, pid, stop } = await house({ simulate: ['--scale', String(scale)] });
    const { call, close } = await clients.modern(url, 1);
    const before = rss(pid);
    const { times } = await load(() => call('get_cluster_resources', { type: 'guest', sort: 'mem' }), 20, 1);
    const grown = rss(pid) - before;
    const { content } = await call('get_cluster_resources', { type: 'guest', sort: 'mem' });
    const raw = await rawSize(ready);
    const shown = Buffer.byteLength(content[0].text);
    rows.push([
      scale,
      `${median(times).toFixed(0)} ms`,
      `+${grown.toFixed(0)} MiB`,
      `${(raw.bytes / 1024).toFixed(0)} KiB in ${raw.ms.toFixed(0)} ms`,
      `${(shown / 1024).toFixed(1)} KiB`,
      `1/${(raw.bytes / shown).toFixed(0)}`,
    ]);
    await close();
    stop();
  }
  return table(
    [
      'guests',
      '`get_cluster_resources`',
      'server RSS',
      'raw JSON with undici',
      'text of the answer (50 shown)',
      'size',
    ],
    rows,
  );
}

async function rawSize({ url, tokenId, tokenSecret }) {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const headers = { authorization: `PVEAPIToken=${tokenId}=${tokenSecret}` };
  const times = [];
  let bytes = 0;
  for (let turn = 0; turn < 10; turn += 1) {
    const from = performance.now();
    const { body } = await request(`${url}/api2/json/cluster/resources`, { headers, dispatcher });
    const text = await body.text();
    JSON.parse(text);
    times.push(performance.now() - from);
    bytes = Buffer.byteLength(text);
  }
  await dispatcher.destroy();
  return { bytes, ms: median(times) };
}
