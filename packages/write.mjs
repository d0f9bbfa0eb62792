// Writes the package descriptors. Run after a change of the version or of what is asked for.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { descriptors } from './descriptors.mjs';

for (const [path, text] of Object.entries(descriptors())) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
