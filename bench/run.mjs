// npm run bench: every figure, as Markdown. `--write` puts them into docs/benchmarks.md; names run some alone.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { benchAuth } from './auth.mjs';
import { benchLatency, benchThroughput, tokens } from './calls.mjs';
import { benchChange } from './change.mjs';
import { benchClient, benchImport } from './client.mjs';
import { benchInside } from './inside.mjs';
import { benchMemory } from './memory.mjs';
import { benchResources } from './resources.mjs';
import { benchSchema } from './schema.mjs';
import { benchStart } from './start.mjs';
import { benchTypes } from './types.mjs';
import { benchUpload } from './upload.mjs';

const suites = {
  start: benchStart,
  tokens,
  latency: benchLatency,
  auth: benchAuth,
  throughput: benchThroughput,
  resources: benchResources,
  memory: benchMemory,
  import: benchImport,
  client: benchClient,
  upload: benchUpload,
  types: benchTypes,
  schema: benchSchema,
  inside: benchInside,
  change: benchChange,
};
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const machine = `Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`;

const parts = [`Machine: ${machine}.`];
for (const [name, suite] of Object.entries(suites)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const result = await suite();
  parts.push(result);
  console.log(`${result}\n`);
}
console.log(parts[0]);

if (process.argv.includes('--write')) {
  const file = 'docs/benchmarks.md';
  const text = readFileSync(file, 'utf8');
  const [begin, end] = ['<!-- figures -->', '<!-- end of figures -->'];
  const from = text.indexOf(begin) + begin.length;
  writeFileSync(file, `${text.slice(0, from)}\n\n${parts.join('\n\n')}\n\n${text.slice(text.indexOf(end))}`);
}
process.exit(0);
