// Builds dist/: the program as two files with V8 code caches beside them, the library entry, and its types.
// `--fast` builds the program and the client alone, which is all that the demo, the tests and the benchmarks need.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { foreignFiles, notices } from './notices.mjs';

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
  '@redis/client': 'redis.cjs',
  jose: 'jose.cjs',
};
/** Several libraries in one file: what one module of ours takes of them, and no more. */
const TOGETHER = { 'src/telemetry/sdk.ts': 'opentelemetry.cjs' };
const shared = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };

const program = {
  ...shared,
  minify: true,
  // The launcher reads Latin-1, which V8 keeps at half the size.
  charset: 'ascii',
  // They go into the notices.
  legalComments: 'external',
  metafile: true,
  write: false,
};

/** From an ES module to a part. A native import() has no place in a script that V8 starts from its cache. */
const PART = {
  ...{ format: 'cjs', platform: 'node', target: 'node20', minify: true, charset: 'ascii' },
  supported: { 'dynamic-import': false },
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
 * Two CommonJS files for our code and what every session needs, because only a CommonJS script can be started from V8's code
 * cache on Node 20: `main.cjs` with what the first answers need, `later.cjs` with the rest. Each is an object of parts,
 * which the launcher puts together. What most sessions never load stands beside them.
 */
async function buildProgram() {
  mkdirSync(join(dist, 'vendor'), { recursive: true });
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
  const { outputFiles, metafile } = await build({
    ...program,
    format: 'esm',
    splitting: true,
    entryPoints: { 'part-cli': 'src/cli.ts' },
    entryNames: '[name]',
    chunkNames: 'part-[name]-[hash]',
    outdir: 'dist',
    plugins: [
      { name: 'beside', setup: standBeside },
      { name: 'worked-out', setup: workOut },
    ],
  });
  const first = staticPartsOf('dist/part-cli.js', metafile.outputs);
  const files = { 'main.cjs': '', 'later.cjs': '' };
  const foreign = foreignFiles(metafile);
  const comments = [];
  for (const { path, text } of outputFiles) {
    const name = basename(path);
    if (!name.endsWith('.js')) comments.push(text);
    else {
      const { code } = await transform(text, PART);
      files[first.has(name) ? 'main.cjs' : 'later.cjs'] +=
        `"./${name}":function(exports,require,module){${code}},\n`;
    }
  }
  for (const [file, parts] of Object.entries(files)) writeFileSync(join(dist, file), `({${parts}})`);
  const vendors = [
    ...Object.entries(BESIDE).map(([name, file]) => {
      return [file, { stdin: { contents: `module.exports = require('${name}');`, resolveDir: root } }];
    }),
    ...Object.entries(TOGETHER).map(([path, file]) => [
      file,
      { entryPoints: [path], mainFields: ['module', 'main'] },
    ]),
  ];
  for (const [file, source] of vendors) {
    const built = await build({ ...program, ...source, format: 'cjs', outfile: `dist/vendor/${file}` });
    foreign.push(...foreignFiles(built.metafile));
    for (const { path, contents, text } of built.outputFiles) {
      if (path.endsWith('.cjs')) writeFileSync(path, contents);
      else comments.push(text);
    }
  }
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), notices(root, foreign, comments));
  for (const file of FACTS) copyFileSync(join(root, file), join(dist, 'vendor', basename(file)));
  const hash = createHash('sha256').update(Object.values(files).join()).digest('hex').slice(0, 16);
  const launcher = readFileSync(join(root, 'scripts/launcher.cjs'), 'utf8').replace('@BUILD@', hash);
  writeFileSync(join(dist, 'cli.js'), launcher, { mode: 0o755 });
}

/** What a part needs before it can run, and itself. */
function staticPartsOf(output, outputs, found = new Set()) {
  found.add(basename(output));
  for (const { path, kind, external } of outputs[output].imports) {
    if (kind === 'import-statement' && !external && !found.has(basename(path)))
      staticPartsOf(path, outputs, found);
  }
  return found;
}

/** A module whose one value the build works out, so that a start need not. */
function workOut({ onLoad }) {
  onLoad({ filter: /\/src\/server\/known-tools\.ts$/ }, async ({ path }) => {
    const { outputFiles } = await build({
      ...shared,
      entryPoints: [path],
      format: 'cjs',
      packages: 'external',
      write: false,
    });
    const module = { exports: {} };
    new Function('module', 'exports', 'require', outputFiles[0].text)(
      module,
      module.exports,
      createRequire(path),
    );
    const lines = Object.entries(module.exports).map(
      ([name, value]) => `export const ${name} = ${JSON.stringify(value)};`,
    );
    return { contents: lines.join('\n'), loader: 'js' };
  });
}

function standBeside({ onResolve }) {
  onResolve({ filter: /^[@\w]/ }, ({ path }) =>
    path in BESIDE ? { path: `./vendor/${BESIDE[path]}`, external: true } : undefined,
  );
  onResolve({ filter: /^\.\/sdk\.ts$/ }, ({ path, resolveDir }) => {
    const file = TOGETHER[relative(root, join(resolveDir, path))];
    return file && { path: `./vendor/${file}`, external: true };
  });
  onResolve({ filter: /\/pve-[a-z]+\.json$/ }, ({ path }) => ({
    path: `./vendor/${basename(path)}`,
    external: true,
  }));
}

/** The first session writes the caches, of what a session's start and its first call need; every later one starts from it. */
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
    { id: 3, method: 'tools/call', params: { name: 'list_nodes', arguments: {} } },
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
  if (status !== 0 || !stdout.includes('inputSchema') || !stdout.includes('structuredContent'))
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
