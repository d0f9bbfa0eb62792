// `npm run e2e:clients`: packs and builds the program, and tries it with the real clients, which come from the npm registry
// into a temporary folder. Needs nothing else: the model that a client asks is a stand-in on this machine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { checkConformance } from './conformance.mjs';
import { checkGemini, checkGeminiExtension } from './gemini.mjs';
import { checkInspector } from './inspector.mjs';
import { clientOf, install, NEWER_NODE, newerNode } from './install.mjs';
import { checkBundle, checkNpm, checkPlugins } from './packages.mjs';
import { serve, stopAll } from './programs.mjs';
import { Tally } from './tally.mjs';

/** It takes two minutes; much longer is a hang. */
const LIMIT_MS = 8 * 60_000;
/** Package, version, command. The suite is pinned, because the lists of expected failures belong to a version of it. */
const CLIENTS = {
  gemini: ['@google/gemini-cli', 'latest', 'gemini'],
  inspector: ['@modelcontextprotocol/inspector', 'latest', 'mcp-inspector'],
  conformance: ['@modelcontextprotocol/conformance', '0.2.0-alpha.12', 'conformance'],
  mcpb: ['@anthropic-ai/mcpb', 'latest', 'mcpb'],
  claude: ['@anthropic-ai/claude-code', 'latest', 'claude'],
};

const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-e2e-'));
const tally = new Tally();

process.once('exit', () => {
  stopAll();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
setTimeout(() => finish(`not done within ${LIMIT_MS / 1000} s`), LIMIT_MS).unref();

try {
  await checkAll();
} catch (error) {
  finish(error.stack);
}
finish();

async function checkAll() {
  const tarball = await checkNpm(tally, { folder });
  const clients = {};
  await tally.check('the clients install', () => installClients(clients));
  if (tarball === undefined || clients.gemini === undefined) return;
  const node = newerNode(folder);
  const env = { MCP_STATE_DIR: join(folder, 'state') };
  const demo = await serve([program, '--demo', '--transport', 'http', '--port', '0'], env);
  const scene = { folder, clients, node, url: demo.url };
  const stdio = { command: process.execPath, args: [program, '--demo'], env };
  await checkGemini(tally, { ...scene, stdio });
  await checkInspector(tally, { ...scene, stdio });
  await checkBundle(tally, scene);
  await checkPlugins(tally, scene);
  await checkGeminiExtension(tally, { ...scene, program, tarball, stateDir: env.MCP_STATE_DIR });
  const fixtures = await serve([await bundledFixtures()], {});
  await checkConformance(tally, { ...scene, demo: demo.url, fixtures: fixtures.url });
}

async function installClients(clients) {
  const packages = Object.values(CLIENTS).map(([name, version]) => `${name}@${version}`);
  await install(folder, ...packages, ...(NEWER_NODE === undefined ? [] : [`${NEWER_NODE}@24`]));
  for (const [key, [name, , command]] of Object.entries(CLIENTS)) {
    const { file, version } = clientOf(folder, name, command);
    clients[key] = file;
    console.log(`        ${name} ${version}`);
  }
}

/** The fixtures stand on the project's own sources, so they are bundled first. */
async function bundledFixtures() {
  const outfile = join(folder, 'fixtures.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('fixtures/server.mjs', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  return outfile;
}

/** The last line says how it went. */
function finish(problem) {
  if (problem !== undefined) {
    tally.failed += 1;
    console.log(`FAILED  ${problem}`);
  }
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  process.exit(tally.failed === 0 ? 0 : 1);
}
