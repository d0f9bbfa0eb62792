import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './programs.mjs';

const REVISIONS = ['2025-11-25', '2026-07-28'];

/**
 * The official conformance suite, exactly what each revision requires, against the demo and against the transports with the
 * suite's own fixtures behind them. The demo's list names each failure that is expected, with the reason; one that fails no
 * more must leave the list, or this fails. The fixtures have no list: whatever the transports do is as it should be.
 */
export async function checkConformance(tally, { folder, clients, node, demo, fixtures }) {
  const conform = async (url, revision, flags) => {
    const output = join(folder, 'results', new URL(url).port, revision);
    const args = ['server', '--url', `${url}/mcp`, '--requirements', revision, '-o', output, ...flags];
    const ended = await run(node, [clients.conformance, ...args], { env: { HOME: folder }, seconds: 120 });
    const summary = ended.stdout.slice(Math.max(0, ended.stdout.indexOf('=== SUMMARY')));
    if (ended.code !== 0) throw new Error(`${summary}\n${ended.stderr.slice(-2000)}`);
    const [, passed, failed] = /Total: (\d+) passed, (\d+) failed/.exec(summary) ?? [];
    if (!(passed > 0)) throw new Error(`no check was made: ${ended.stdout.slice(-2000)}`);
    return `${passed} checks hold, ${failed} do not`;
  };
  for (const revision of REVISIONS) {
    await tally.check(`conformance of the transports with ${revision}`, async () => {
      console.log(`        ${await conform(fixtures, revision, [])}: in extensions and drafts, not required`);
    });
    await tally.check(`conformance of the demo with ${revision}`, async () => {
      const list = fileURLToPath(new URL(`expected-failures/demo-${revision}.yml`, import.meta.url));
      mustGiveReasons(list);
      const counts = await conform(demo, revision, ['--expected-failures', list]);
      console.log(`        ${counts}: expected with a reason, or not required`);
    });
  }
}

/** A scenario that is expected to fail has its reason on the same line. */
function mustGiveReasons(file) {
  const bare = readFileSync(file, 'utf8').match(/^ *- [^#\n]*$/gm);
  if (bare !== null) throw new Error(`${file} gives no reason for${bare.join(',')}`);
}
