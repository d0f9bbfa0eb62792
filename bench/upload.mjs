// What an upload of 1 GiB weighs: how far it raises the resident memory of the process that sends it.
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { start, table } from './harness.mjs';

const SIZE = 1024 ** 3;

export async function benchUpload() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-upload-'));
  const cluster = await start(['dist/cli.js', 'simulate', '--seed', 'tiny'], {}, /^\{.*\}$/m);
  try {
    const sparse = openSync(join(folder, 'big.iso'), 'w');
    ftruncateSync(sparse, SIZE);
    closeSync(sparse);
    const sender = join(folder, 'sender.mjs');
    await build({
      ...{ entryPoints: ['bench/upload-sender.ts'], outfile: sender, bundle: true, platform: 'node' },
      ...{ format: 'esm', target: 'node20', logLevel: 'warning' },
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    const { found } = await start(
      [sender],
      { CLUSTER: cluster.found[0], FILE: join(folder, 'big.iso') },
      /^\{.*\}$/m,
    );
    const { before, peak, seconds } = JSON.parse(found[0]);
    return table(
      ['upload of 1 GiB', ''],
      [
        ['RSS before', `${before.toFixed(0)} MiB`],
        ['RSS at its highest', `${peak.toFixed(0)} MiB`],
        ['growth (at most 40 MiB)', `${(peak - before).toFixed(0)} MiB`],
        ['time', `${seconds.toFixed(1)} s`],
      ],
    );
  } finally {
    cluster.child.kill();
    rmSync(folder, { recursive: true });
  }
}
