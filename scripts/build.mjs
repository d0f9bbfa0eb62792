// Builds dist/: the program as one file with a V8 code cache beside it, the library entry, and its types.
// `--fast` builds the program alone, which is all that the demo, the tests and the benchmarks need.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const shared = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
await buildProgram();
writeCodeCache();
if (!process.argv.includes('--fast')) {
  await buildLibrary();
}

/** One CommonJS file, because only a CommonJS script can be started from V8's code cache on Node 20. */
async function buildProgram() {
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
  await build({
    ...shared,
    entryPoints: ['src/cli.ts'],
    outfile: 'dist/main.cjs',
    format: 'cjs',
    minify: true,
    // The launcher reads it as Latin-1, which V8 keeps at half the size.
    charset: 'ascii',
    legalComments: 'linked',
  });
  const hash = createHash('sha256')
    .update(readFileSync(join(dist, 'main.cjs')))
    .digest('hex')
    .slice(0, 16);
  const launcher = readFileSync(join(root, 'scripts/launcher.cjs'), 'utf8').replace('@BUILD@', hash);
  writeFileSync(join(dist, 'cli.js'), launcher, { mode: 0o755 });
}

/** The first session writes the cache, of what a session's start needs; every later one starts from it. */
function writeCodeCache() {
  const hello = [
    {
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'build', version: '1' },
      },
    },
    { id: 2, method: 'tools/list' },
  ];
  const input = hello.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join('');
  const { status, stdout } = spawnSync(process.execPath, [join(dist, 'cli.js'), '--demo'], {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (status !== 0 || !stdout.includes('inputSchema'))
    throw new Error(`dist/cli.js does not start (status ${status}): ${stdout}`);
}

async function buildLibrary() {
  await build({
    ...shared,
    entryPoints: { simulator: 'src/simulator/simulator.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    packages: 'external',
  });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.types.json'], { cwd: root, stdio: 'inherit' });
}
