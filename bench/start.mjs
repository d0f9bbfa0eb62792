// From the start of the process to the answer of tools/list over stdio, beside `node -e 0`, in turns.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, table } from './harness.mjs';

const ROUNDS = 25;
const line = (message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
const HELLO = line({
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
});
const LIST = line({ method: 'notifications/initialized' }) + line({ id: 2, method: 'tools/list' });

export async function benchStart() {
  const bare = [];
  const ours = [];
  const uncached = [];
  const bareFolder = copyWithoutCache();
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await untilExit(['-e', '0']));
    ours.push(await untilTools(['dist/cli.js', '--demo']));
    uncached.push(
      await untilTools([join(bareFolder, 'cli.js'), '--demo'], {
        ...process.env,
        XDG_CACHE_HOME: bareFolder,
      }),
    );
  }
  rmSync(bareFolder, { recursive: true });
  const base = median(bare);
  const row = (name, times) => [
    name,
    `${median(times).toFixed(0)} ms`,
    `${(median(times) / base).toFixed(2)}x`,
  ];
  return table(
    ['start to the answer of `tools/list` over stdio', 'median', 'ratio'],
    [
      row('`node -e 0`, start to exit', bare),
      row('proxmox-mcp', ours),
      row('the same without its code cache', uncached),
    ],
  );
}

function copyWithoutCache() {
  const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-start-'));
  cpSync('dist', folder, { recursive: true, filter: (path) => !path.endsWith('.cache') });
  return folder;
}

function untilExit(args) {
  return new Promise((resolve) => {
    const from = performance.now();
    spawn(process.execPath, args, { stdio: 'ignore' }).once('exit', () => resolve(performance.now() - from));
  });
}

function untilTools(args, env = process.env) {
  return new Promise((resolve) => {
    const from = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    let text = '';
    let greeted = false;
    child.stdout.on('data', (part) => {
      text += part;
      if (!greeted && text.includes('"id":1')) {
        greeted = true;
        child.stdin.write(LIST);
      }
      if (!text.includes('"id":2')) return;
      const time = performance.now() - from;
      child.once('exit', () => resolve(time));
      child.kill('SIGKILL');
      text = '';
    });
    child.stdin.write(HELLO);
  });
}
