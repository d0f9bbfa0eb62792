import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const TRIES = 3;

/** Installs packages from the npm registry into a folder; a download that fails is tried three times. */
export async function install(folder, ...packages) {
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  for (let attempt = 1; ; attempt += 1) {
    try {
      await exec('npm', ['install', ...flags, '--prefix', folder, ...packages], { timeout: 150_000 });
      return;
    } catch (error) {
      if (attempt === TRIES) throw error;
      console.log(`        attempt ${attempt} to install ${packages.join(' ')} failed`);
      await wait(attempt * 5000);
    }
  }
}

/** A client's `{file, version}`: what its command runs, and which one was installed. */
export function clientOf(folder, name, command) {
  const home = join(folder, 'node_modules', name);
  const { bin, version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  return { file: join(home, typeof bin === 'string' ? bin : bin[command]), version };
}

/** The package that brings a newer Node; none where one runs this. */
export const NEWER_NODE =
  Number(process.versions.node.split('.')[0]) >= 24 ? undefined : `node-${process.platform}-${process.arch}`;

/** Some clients want a newer Node than the server does: the one that runs this if it is new enough, else the package's. */
export function newerNode(folder) {
  return NEWER_NODE === undefined ? process.execPath : join(folder, 'node_modules', NEWER_NODE, 'bin/node');
}
