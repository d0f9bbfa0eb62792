// `npm run e2e:clients`: packs and builds the program, and tries it with the real clients, which come from the npm registry
// into a temporary folder. Needs nothing else: the model that a client asks is a stand-in on this machine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { checkConformance } from './conformance.mjs';
import { checkGemini } from './gemini.mjs';
import { checkInspector } from './inspector.mjs';
import { newerNode } from './install.mjs';
import { checkBundle, checkNpm, checkPlugins } from './packages.mjs';
import { serve, stopAll } from './programs.mjs';
import { Tally } from './tally.mjs';

const LIMIT_MS = 5 * 60_000;

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
  await checkNpm(tally, { folder });
  await checkBundle(tally, { folder });
  const env = { MCP_STATE_DIR: join(folder, 'state') };
  const demo = await serve([program, '--demo', '--transport', 'http', '--port', '0'], env);
  const stdio = { command: process.execPath, args: [program, '--demo'], env };
  await checkGemini(tally, { folder, url: demo.url, stdio });
  let node;
  await tally.check('a newer Node for the clients that want one', async () => {
    node = await newerNode(join(folder, 'node'));
  });
  if (node === undefined) return;
  await checkPlugins(tally, { folder, node });
  await checkInspector(tally, { folder, node, url: demo.url, stdio });
  const fixtures = await serve([await bundledFixtures()], {});
  await checkConformance(tally, { folder, node, demo: demo.url, fixtures: fixtures.url });
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
