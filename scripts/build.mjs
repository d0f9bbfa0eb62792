// Builds dist/: the program as one file with a V8 code cache beside it, the library entry, and its types.
// `--fast` builds the program and the client alone, which is all that the demo, the tests and the benchmarks need.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
/** Large tables of ours, and libraries, that few sessions need. */
const FACTS = ['src/schema/pve-facts.json', 'src/schema/pve-summaries.json'];
const BESIDE = {
  minisearch: 'minisearch.cjs',
  undici: 'undici.cjs',
  selfsigned: 'selfsigned.cjs',
  pino: 'pino.cjs',
  'pino-pretty': 'pino-pretty.cjs',
  '@modelcontextprotocol/client': 'mcp-client.cjs',
};
const shared = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };

const program = {
  ...shared,
  format: 'cjs',
  minify: true,
  // The launcher reads Latin-1, which V8 keeps at half the size.
  charset: 'ascii',
  legalComments: 'linked',
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
await buildProgram();
writeCodeCache();
await buildClient();
if (!process.argv.includes('--fast')) {
  await buildLibrary();
}

/**
 * One CommonJS file for our code and what every session needs, because only a CommonJS script can be started from V8's code
 * cache on Node 20. What most sessions never load, or load after their first answer, stands beside it: every byte of the
 * file is read at each start.
 */
async function buildProgram() {
  mkdirSync(join(dist, 'vendor'), { recursive: true });
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
  await build({
    ...program,
    entryPoints: ['src/cli.ts'],
    outfile: 'dist/main.cjs',
    plugins: [{ name: 'beside', setup: standBeside }],
    // A native import() has no place in a script that V8 starts from its cache; these become require().
    supported: { 'dynamic-import': false },
  });
  for (const [name, file] of Object.entries(BESIDE)) {
    const stdin = { contents: `module.exports = require('${name}');`, resolveDir: root };
    await build({ ...program, stdin, outfile: `dist/vendor/${file}` });
  }
  for (const file of FACTS) copyFileSync(join(root, file), join(dist, 'vendor', basename(file)));
  const hash = createHash('sha256')
    .update(readFileSync(join(dist, 'main.cjs')))
    .digest('hex')
    .slice(0, 16);
  const launcher = readFileSync(join(root, 'scripts/launcher.cjs'), 'utf8').replace('@BUILD@', hash);
  writeFileSync(join(dist, 'cli.js'), launcher, { mode: 0o755 });
}

function standBeside({ onResolve }) {
  onResolve({ filter: /^[@\w]/ }, ({ path }) =>
    path in BESIDE ? { path: `./vendor/${BESIDE[path]}`, external: true } : undefined,
  );
  onResolve({ filter: /\/pve-[a-z]+\.json$/ }, ({ path }) => ({
    path: `./vendor/${basename(path)}`,
    external: true,
  }));
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
    // Settings of whoever builds are none of the build's.
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    timeout: 60_000,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (status !== 0 || !stdout.includes('inputSchema'))
    throw new Error(`dist/cli.js does not start (status ${status}): ${stdout}`);
}

/**
 * CommonJS, in which what the first call needs, such as node:tls, is loaded with the first call. The door before it names
 * what `import` may take: to find the names in the whole file Node would need longer than to load it.
 */
async function buildClient() {
  const file = join(dist, 'client.cjs');
  await build({
    ...shared,
    entryPoints: ['src/client.ts'],
    outfile: file,
    format: 'cjs',
    packages: 'external',
  });
  const names = Object.keys(createRequire(import.meta.url)(file));
  const door = `module.exports = require('./client.cjs');\n0 && (module.exports = { ${names.join(', ')} });\n`;
  writeFileSync(join(dist, 'client.js'), door);
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
