import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf, install } from './install.mjs';
import { run } from './programs.mjs';

// Pinned, because the lists of expected failures belong to a version of the suite.
const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12';
const REVISIONS = ['2025-11-25', '2026-07-28'];

/**
 * The official conformance suite, exactly what each revision requires, against whatever is served at these addresses. Each
 * has a list of failures that are expected, with the reason; one that fails no more must leave the list, or this fails.
 */
export async function checkConformance(tally, { folder, node, served }) {
  const home = join(folder, 'conformance');
  let suite;
  await tally.check('the conformance suite installs', async () => {
    await install(home, SUITE);
    suite = commandOf(home, '@modelcontextprotocol/conformance', 'conformance');
  });
  if (suite === undefined) return;
  for (const [name, url] of Object.entries(served)) {
    for (const revision of REVISIONS) {
      await tally.check(`conformance of ${name} with ${revision}`, async () => {
        const expected = new URL(`expected-failures/${name}-${revision}.yml`, import.meta.url).pathname;
        mustGiveReasons(expected);
        const flags = ['--requirements', revision, '--expected-failures', expected];
        const output = ['-o', join(folder, 'results', name, revision)];
        const ended = await run(node, [suite.file, 'server', '--url', `${url}/mcp`, ...flags, ...output], {
          env: { HOME: home },
          seconds: 120,
        });
        const summary = ended.stdout.slice(Math.max(0, ended.stdout.indexOf('=== SUMMARY')));
        if (ended.code !== 0) throw new Error(`${summary}\n${ended.stderr.slice(-2000)}`);
        console.log(`        ${/Total: .*/.exec(summary)?.[0]}`);
      });
    }
  }
}

/** A scenario that is expected to fail has its reason on the same line. */
function mustGiveReasons(file) {
  const bare = readFileSync(file, 'utf8').match(/^ *- [^#\n]*$/gm);
  if (bare !== null) throw new Error(`${file} gives no reason for${bare.join(',')}`);
}
