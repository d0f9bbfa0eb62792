// `npm run mcpb`: packs what is built into proxmox-mcp.mcpb, for Claude Desktop and others that take bundles. An argument
// names another file. The library of the npm package stays out: a bundle is the program alone.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zip } from './zip.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = process.argv[2] ?? join(root, 'proxmox-mcp.mcpb');
const LIBRARY = /^(client\.(js|cjs)|simulator\.mjs|types\/.*)$/;

if (!existsSync(join(root, 'dist/cli.js'))) throw new Error('There is no dist/cli.js. Run: npm run build');

const program = readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(join(root, 'dist/').length))
  .map((path) => path.replaceAll('\\', '/'))
  // A code cache fits the Node that made it; the client's makes its own.
  .filter((path) => !LIBRARY.test(path) && !path.endsWith('.cache'))
  .toSorted();

const entries = [
  { path: 'manifest.json', data: readFileSync(join(root, 'packages/mcpb/manifest.json')) },
  { path: 'LICENSE', data: readFileSync(join(root, 'LICENSE')) },
  ...program.map((path) => ({
    path: `server/${path}`,
    data: readFileSync(join(root, 'dist', path)),
    executable: path === 'cli.js',
  })),
];
writeFileSync(out, zip(entries));
console.log(`${out}: ${entries.length} files, ${Math.round(readFileSync(out).length / 1024)} KiB`);
