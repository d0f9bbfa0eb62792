// Writes what is generated: the README's tables, the golden lists of tools, prompts and effects, the simulator's coverage, and the API's types.
// `--check` writes nothing and fails when a file is not up to date.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
const { tools, toolsets, besides, settings, routes, methods, misses, pveTypes, effects } =
  await load('scripts/gen-source.ts');
const stale = [];

write(
  'test/golden/tools-list.json',
  () =>
    `${JSON.stringify(
      tools.map(({ effect: _effect, toolset: _toolset, core: _core, ...listed }) => listed),
      null,
      2,
    )}\n`,
);
write('test/golden/prompts-and-resources.json', () => `${JSON.stringify(besides, null, 2)}\n`);
write('test/golden/effects.txt', () => effects);
write('README.md', (text) =>
  section(
    section(section(text, 'tools', toolsTable()), 'prompts', promptsTable()),
    'settings',
    settingsTable(),
  ),
);
write('docs/simulator.md', (text) => section(section(text, 'coverage', coverage()), 'fidelity', fidelity()));
write('src/schema/pve-types.ts', () => formatted('src/schema/pve-types.ts', pveTypes));

if (stale.length > 0) {
  console.error(`Not up to date: ${stale.join(', ')}. Run npm run gen and commit the result.`);
  process.exit(1);
}

function toolsTable() {
  const sets = [...toolsets];
  const sorted = [...tools].sort((a, b) => sets.indexOf(a.toolset) - sets.indexOf(b.toolset));
  const rows = sorted.map(
    ({ name, effect, toolset, core, description }) =>
      `| \`${name}\` | ${effect} | ${toolset}${core ? ', core' : ''} | ${description} |`,
  );
  return ['| tool | effect | set | what it does |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function promptsTable() {
  const rows = besides.prompts.map(({ name, title, arguments: given }) => {
    const names = given.map((each) => `\`${each.name}\`${each.required ? '' : ' (optional)'}`);
    return `| \`${name}\` | ${title} | ${names.join(', ')} |`;
  });
  const uris = [...besides.resources, ...besides.resourceTemplates].map(
    ({ uri, uriTemplate, description }) => `| \`${uri ?? uriTemplate}\` | ${description} |`,
  );
  return [
    '| prompt | the job | arguments |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '| resource | what it says |',
    '| --- | --- |',
    ...uris,
  ].join('\n');
}

function settingsTable() {
  const rows = Object.values(settings).map((entry) => {
    const { env, aliases = [], flag, secret, help, shape } = entry;
    const names = [env, ...(secret ? [`${env}_FILE`] : []), ...aliases]
      .map((name) => `\`${name}\``)
      .join(', ');
    return `| ${names} | ${flag ? `\`--${flag}\`` : ''} | ${entry.default ?? ''} | ${help} (${shape}) |`;
  });
  return ['| variable | flag | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function coverage() {
  const areas = new Map();
  for (const { method, path } of methods) {
    const area =
      path
        .split('/')
        .slice(1, path.startsWith('/nodes/{node}') ? 4 : 3)
        .join('/') || '/';
    const counts = areas.get(area) ?? { known: 0, done: [] };
    counts.known += 1;
    if (routes.includes(`${method} ${path}`)) counts.done.push(`${method} ${path}`);
    areas.set(area, counts);
  }
  const done = methods.filter(({ method, path }) => routes.includes(`${method} ${path}`)).length;
  const rows = [...areas]
    .filter(([, counts]) => counts.done.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([area, { known, done }]) => `| \`/${area}\` | ${done.length} of ${known} |`);
  return [
    `${done} of ${methods.length} methods are simulated; every other one answers 501.`,
    '',
    '| below | methods |',
    '| --- | --- |',
    ...rows,
  ].join('\n');
}

function fidelity() {
  const lines = readFileSync(join(root, 'test/recordings/pve-9.2.jsonl'), 'utf8').trimEnd().split('\n');
  const rows = Object.entries(misses).map(([name, why]) => `| \`${name}\` | ${why} |`);
  const matching = lines.length - rows.length;
  const percent = ((matching / lines.length) * 100).toFixed(1);
  return [
    `${matching} of ${lines.length} recordings are matched (${percent} %). The others:`,
    '',
    '| recording | why it is not matched |',
    '| --- | --- |',
    ...rows,
  ].join('\n');
}

function section(text, name, body) {
  const [begin, end] = [`<!-- generated: ${name} -->`, '<!-- end of generated -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`no place for the generated section ${name}`);
  return `${text.slice(0, from + begin.length)}\n${body}\n${text.slice(to)}`;
}

function formatted(path, text) {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  return execFileSync(process.execPath, [biome, 'format', `--stdin-file-path=${path}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  });
}

function write(path, make) {
  const file = join(root, path);
  let before = '';
  try {
    before = readFileSync(file, 'utf8');
  } catch {
    // Not there yet.
  }
  const after = make(before);
  if (after === before) return;
  if (check) {
    stale.push(path);
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, after);
}

async function load(entry) {
  const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-gen-'));
  try {
    const outfile = join(folder, 'source.mjs');
    await build({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'warning',
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
