// The client beside bare undici and beside proxmoxer, on the same served simulated cluster, and what importing it costs.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { house, median, table } from './harness.mjs';

const run = promisify(execFile);
const COUNTS = { undici: 6000, ours: 6000, proxmoxer: 800 };

export async function benchClient() {
  const { ready, stop } = await house();
  const python = proxmoxer();
  const rows = [];
  for (const width of [1, 32]) {
    const figures = { undici: [], ours: [], proxmoxer: [] };
    for (const kind of ['undici', 'ours', 'undici', 'ours', 'proxmoxer']) {
      if (kind === 'proxmoxer' && python === undefined) continue;
      const task = JSON.stringify({ ...ready, kind, width, count: COUNTS[kind] });
      const [program, file] =
        kind === 'proxmoxer' ? [python, 'bench/proxmoxer_get.py'] : [process.execPath, 'bench/getter.mjs'];
      const { stdout } = await run(program, [file, task]);
      figures[kind].push(JSON.parse(stdout));
    }
    const best = (kind) => figures[kind].sort((a, b) => b.perSecond - a.perSecond)[0];
    const ours = best('ours');
    for (const kind of ['undici', 'ours', 'proxmoxer']) {
      const figure = best(kind);
      if (figure === undefined) continue;
      rows.push([
        `${width} at once`,
        { undici: 'bare undici', ours: 'proxmox-mcp/client', proxmoxer: 'proxmoxer 2.3' }[kind],
        figure.perSecond.toFixed(0),
        `${(ours.perSecond / figure.perSecond).toFixed(2)}x`,
        `${figure.cpuMsPerThousand.toFixed(0)} ms`,
      ]);
    }
  }
  stop();
  const note =
    python === undefined ? '\n\nproxmoxer was not to be had (no Python, or no way to install it).' : '';
  return `${table(['GET /version', 'client', 'calls a second', 'ours is', 'processor time per 1,000'], rows)}${note}`;
}

/** What `import 'proxmox-mcp/client'` adds to the start of a program. */
export async function benchImport() {
  const time = (args) => {
    const begun = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return performance.now() - begun;
  };
  const bare = [];
  const ours = [];
  for (let round = 0; round < 25; round += 1) {
    bare.push(time(['-e', '0']));
    ours.push(time(['--input-type=module', '-e', "import './dist/client.js'"]));
  }
  const row = (name, times) => [
    name,
    `${median(times).toFixed(0)} ms`,
    `${(median(times) / median(bare)).toFixed(2)}x`,
  ];
  return table(
    ['import of the client alone', 'median', 'ratio'],
    [row('`node -e 0`', bare), row("`import 'proxmox-mcp/client'`", ours)],
  );
}

/** A Python that has proxmoxer, in a folder of its own; `undefined` where there is none to be had. */
function proxmoxer() {
  const folder = join(tmpdir(), 'proxmox-mcp-bench-python');
  const python = join(folder, 'bin/python');
  if (!existsSync(python)) spawnSync('python3', ['-m', 'venv', folder]);
  spawnSync(python, ['-m', 'pip', 'install', '--quiet', 'proxmoxer==2.3.0', 'requests']);
  return spawnSync(python, ['-c', 'import proxmoxer, requests']).status === 0 ? python : undefined;
}
