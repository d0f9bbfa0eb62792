import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const TRIES = 3;

/** Installs packages from the npm registry into a folder of their own; a download that fails is tried three times. */
export async function install(folder, ...packages) {
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  for (let attempt = 1; ; attempt += 1) {
    try {
      await exec('npm', ['install', ...flags, '--prefix', folder, ...packages], { timeout: 120_000 });
      return;
    } catch (error) {
      if (attempt === TRIES) throw error;
      console.log(`        attempt ${attempt} to install ${packages.join(' ')} failed`);
      await wait(attempt * 5000);
    }
  }
}

/** The file that a package's command stands in, and the version that was installed. */
export function commandOf(folder, name, command) {
  const home = join(folder, 'node_modules', name);
  const { bin, version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  return { file: join(home, typeof bin === 'string' ? bin : bin[command]), version };
}

/** Some clients want a newer Node than the server: this one if it is new enough, else one from the registry. */
export async function newerNode(folder) {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  await install(folder, `${name}@24`);
  return join(folder, 'node_modules', name, 'bin/node');
}
