import { execFileSync } from 'node:child_process';

/** Tests of the program run what is shipped: dist/, built once for all of them. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs', '--fast'], { stdio: 'inherit' });
}
