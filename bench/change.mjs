// What a change costs: it is written down, and on the disk, before it is sent, and its end after it.
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareClient, clients, house, quantile, table } from './harness.mjs';

const ROUNDS = 600;
const PATH = '/nodes/pve1/qemu/100/config';
/** About what an entry weighs. */
const ENTRY = 'x'.repeat(500);

export async function benchChange() {
  const { ready, url, stop } = await house({ env: { MCP_APPROVE: 'never' } });
  const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-fsync-'));
  const file = openSync(join(folder, 'ledger'), 'a');
  const { call, close } = await clients.modern(url, 1);
  const bare = bareClient(ready);
  const ways = {
    'writing 500 bytes and fsync, alone': () => {
      writeSync(file, ENTRY);
      fsyncSync(file);
    },
    'PUT of a description with undici': (turn) => bare.put(PATH, `description=turn${turn}`),
    'the same through the server, with its entry': (turn) => {
      const data = { description: `turn${turn}` };
      return call('proxmox_api_call', { path: PATH, method: 'PUT', data });
    },
  };
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  try {
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      for (const [name, way] of Object.entries(ways)) {
        const begun = performance.now();
        const answer = await way(turn);
        if (turn >= ROUNDS / 4) times[name].push(performance.now() - begun);
        if (answer?.isError) throw new Error(answer.content[0].text);
      }
    }
  } finally {
    await close();
    bare.close();
    stop();
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
  const rows = Object.entries(times).map(([name, each]) => [
    name,
    ...[0.5, 0.99].map((q) => `${quantile(each, q).toFixed(2)} ms`),
  ]);
  return table(['a change, one at a time', 'p50', 'p99'], rows);
}
