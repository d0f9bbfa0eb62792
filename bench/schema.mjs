// What the live schema costs: read from the server over HTTPS, taken from the disk, and taken from what we ship.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled, median, runJson, start, table } from './harness.mjs';

const ROUNDS = 7;

export async function benchSchema() {
  const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-schema-'));
  const clusters = [];
  const cluster = async (...args) => {
    const { child, found } = await start(['dist/cli.js', 'simulate', ...args], {}, /^\{.*\}$/m);
    clusters.push(child);
    return found[0];
  };
  try {
    const reader = await bundled('bench/schema-reader.ts', folder);
    const whole = await cluster();
    const without = await cluster('--fault', 'apidoc-missing');
    const rows = [];
    const warm = join(folder, 'warm');
    await read(reader, whole, warm);
    for (const [what, where, state] of [
      ['read from the server, and kept', whole, undefined],
      ['taken from the disk', whole, warm],
      ['not to be had: what we ship', without, undefined],
    ]) {
      const figures = [];
      for (let round = 0; round < ROUNDS; round++)
        figures.push(await read(reader, where, state ?? join(folder, `${what}${round}`)));
      const middle = (key) => median(figures.map((figure) => figure[key]));
      rows.push([
        what,
        figures[0].source,
        `${middle('ms').toFixed(0)} ms`,
        `${middle('heap').toFixed(1)} MiB`,
      ]);
    }
    return table(['the API description, first call', 'source', 'median', 'heap over idle'], rows);
  } finally {
    for (const child of clusters) child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(reader, cluster, state) {
  return runJson(reader, { CLUSTER: cluster, STATE: state });
}
