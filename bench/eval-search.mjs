// npm run eval:search: how often the right method is among the first five, and first. With the path of a server's
// apidoc.js it searches in that description, prose and all; else in the bundled facts. `--quiet` leaves out the misses.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

// The last two were asked when the words and weights had been found; of the last one's misses, kinds have been mended since.
const SETS = ['questions', 'more-questions', 'kept-questions', 'further-questions'];
const [file] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const quiet = process.argv.includes('--quiet');

const { createSearch, pveCatalog, parseApidoc } = await load();
const methods = file ? parseApidoc(readFileSync(file, 'utf8')) : pveCatalog().methods;
const search = createSearch(methods);
console.log(`${methods.length} methods, ${file ? 'a live description' : 'the bundled facts'}`);

for (const set of SETS) {
  const lines = readFileSync(new URL(`../test/search/${set}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const asked = lines.map((line) => {
    const { question, any_of: right } = JSON.parse(line);
    const found = search.find(question, { limit: 5 }).map(({ method }) => `${method.method} ${method.path}`);
    return { question, right, found, rank: found.findIndex((key) => right.includes(key)) };
  });
  const inFive = asked.filter(({ rank }) => rank >= 0).length;
  const first = asked.filter(({ rank }) => rank === 0).length;
  const percent = (count) => `${((100 * count) / asked.length).toFixed(1)} %`;
  console.log(
    `\n${set}: ${asked.length} questions, ${percent(inFive)} in the first five, ${percent(first)} first`,
  );
  if (quiet) continue;
  for (const { question, right, found, rank } of asked) {
    if (rank === 0) continue;
    console.log(
      `  ${rank < 0 ? 'missed' : `rank ${rank + 1}`}: ${question}\n    wanted ${right.join(' or ')}`,
    );
    console.log(`    first  ${found[0] ?? 'nothing'}`);
  }
}

/** The modules as they are, in one script: Node 20 reads no TypeScript. */
async function load() {
  const contents = ['search', 'pve-catalog', 'apidoc-parse']
    .map((name) => `export * from './src/schema/${name}.ts';`)
    .join('\n');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: new URL('..', import.meta.url).pathname, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
