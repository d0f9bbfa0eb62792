import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * How to start this program again as it was started now: through npx, by its name, or from the file it is in.
 *
 * @param script `process.argv[1]`
 */
export function ownCommand(script: string): readonly string[] {
  const file = realOf(script);
  if (/[\\/]_npx[\\/]/.test(file)) return ['npx', '-y', ...npxPackage(file)];
  return basename(script) === 'proxmox-mcp' ? ['proxmox-mcp'] : ['node', file];
}

/** npx writes beside the package from where it took it: a name of the registry, or a file. */
function npxPackage(file: string): string[] {
  try {
    // …/_npx/<hash>/node_modules/proxmox-mcp/dist/cli.js
    const home = join(dirname(file), '../../..');
    const [spec] = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))._npx.packages;
    if (typeof spec === 'string' && !spec.startsWith('proxmox-mcp'))
      return [`--package=${spec}`, 'proxmox-mcp'];
    if (typeof spec === 'string') return [spec];
  } catch {
    // Another npm: the name will do.
  }
  return ['proxmox-mcp'];
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
