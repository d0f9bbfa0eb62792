// npm run eval:jobs: the jobs that people bring, on the simulated cluster: the fewest tool calls that a good agent makes, beside
// the same job with the three raw tools alone. Fails where a fact that was asked for is missing, or it costs too much.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled, runJson, table } from './harness.mjs';

const MOST_CALLS = 40;
const LARGEST_SHARE = 1 / 5;

const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-jobs-'));
try {
  const jobs = await runJson(await bundled('bench/jobs/run.ts', folder));
  const cost = ({ calls, tokensIn, tokensOut, requests }) =>
    [calls, Math.round(tokensIn), Math.round(tokensOut), requests].map(String);
  const head = ['calls', 'tokens in', 'out', 'API calls'];
  const rows = jobs.map(({ question, curated, raw }) => [question, ...cost(curated), ...cost(raw)]);
  const total = (way) => cost(jobs.map((job) => job[way]).reduce(sum));
  rows.push([`all ${jobs.length}`, ...total('curated'), ...total('raw')]);
  const [ours, raw] = ['curated', 'raw'].map((way) => jobs.map((job) => job[way]).reduce(sum));
  const share = (ours.tokensIn + ours.tokensOut) / (raw.tokensIn + raw.tokensOut);
  const text = [
    table(['job', ...head, ...head.map((name) => `raw: ${name}`)], rows),
    `${ours.calls} calls (at most ${MOST_CALLS}), ${(100 * share).toFixed(0)} % of the raw layer's tokens (at most 20 %)`,
  ].join('\n\n');
  console.log(text);
  if (process.argv.includes('--write')) write(text);
  const problems = jobs.flatMap(({ question, curated, raw }) =>
    [
      ['curated', curated],
      ['raw', raw],
    ].flatMap(([way, { error, missing }]) => [
      ...(error ? [`${question} (${way}): ${error}`] : []),
      ...missing.map((fact) => `${question} (${way}): no ${fact} in the answer`),
    ]),
  );
  for (const problem of problems) console.log(`PROBLEM ${problem}`);
  if (problems.length > 0 || share > LARGEST_SHARE || ours.calls > MOST_CALLS) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Puts the table into its place in the docs. */
function write(text) {
  const file = new URL('../docs/benchmarks.md', import.meta.url);
  const page = readFileSync(file, 'utf8');
  const [from, end] = [
    page.indexOf('<!-- jobs -->') + '<!-- jobs -->'.length,
    page.indexOf('<!-- end of jobs -->'),
  ];
  writeFileSync(file, `${page.slice(0, from)}\n\n${text}\n\n${page.slice(end)}`);
}

function sum(a, b) {
  return Object.fromEntries(
    ['calls', 'tokensIn', 'tokensOut', 'requests'].map((key) => [key, a[key] + b[key]]),
  );
}
