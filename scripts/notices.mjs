// dist/THIRD-PARTY-NOTICES.txt: the licence of every package whose code the build put into dist/, found by what esbuild says it
// took. A package without a licence text, or with a licence that nobody here has looked at, ends the build.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** All of these allow this use, and ask that their text goes along. */
const KNOWN = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'BlueOak-1.0.0'];
const RULE = `\n\n${'-'.repeat(80)}\n\n`;

/** The files of other packages that have bytes in the output of a build, from its metafile. */
export function foreignFiles({ outputs }) {
  return Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([path, { bytesInOutput }]) => path.includes('node_modules/') && bytesInOutput > 0)
    .map(([path]) => path);
}

/**
 * The text of the notices.
 *
 * @param files as `foreignFiles` answers them, from `root`
 * @param comments what authors say in the files themselves, as esbuild found it
 */
export function notices(root, files, comments) {
  const paths = [...new Set(files)].map((file) => resolve(root, file));
  // Greedy: the innermost node_modules.
  const folders = new Set(paths.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)[0]));
  const packages = [
    ...[...folders].map((folder) => ({ folder })),
    ...paths.flatMap((path) => inlinedIn(path, root)),
  ];
  const byText = new Map();
  for (const used of packages) {
    const { heading, text } = licenceOf(used, root);
    byText.set(text, (byText.get(text) ?? new Set()).add(heading));
  }
  const licences = [...byText]
    .map(([text, headings]) => `${[...headings].toSorted().join('\n')}\n\n${text}`)
    .toSorted();
  const said = [...new Set(comments)].toSorted().join('\n');
  return [
    'The files in this folder hold code of these packages, each under its own licence.',
    ...licences,
    `What stands in their files beside that:\n\n${said}`,
  ].join(RULE);
}

/**
 * Packages whose code a file brings along because its own authors bundled it: their bundler leaves a comment of where it was.
 * Their licence is that of the version that is installed here.
 */
function inlinedIn(path, root) {
  const regions = readFileSync(path, 'utf8').matchAll(
    /^\/\/#region \S*\.pnpm\/(\S+?)\/node_modules\/(\S+)/gm,
  );
  return [...regions].map(([, store, inside]) => ({
    folder: join(root, 'node_modules', /^(@[^/]+\/)?[^/]+/.exec(inside)[0]),
    // `ajv-formats@3.0.1_ajv@8.18.0`, `@cfworker+json-schema@4.1.1`
    version: /^@?[^@]+@([^_]+)/.exec(store)[1],
  }));
}

function licenceOf({ folder, version }, root) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { name, license } = manifest;
  if (!KNOWN.includes(license))
    throw new Error(`${name} is bundled, and its licence is ${license}: see scripts/notices.mjs`);
  const here = join(root, 'scripts/licences', `${name.replace(/^@/, '').replace('/', '-')}.txt`);
  const files = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .toSorted()
    .map((file) => join(folder, file));
  if (files.length === 0 && !existsSync(here))
    throw new Error(`${name} is bundled, and brings no text of its licence: put it into ${here}`);
  const texts = (files.length > 0 ? files : [here]).map((file) => readFileSync(file, 'utf8').trim());
  return { heading: `${name} ${version ?? manifest.version} (${license})`, text: texts.join('\n\n') };
}
