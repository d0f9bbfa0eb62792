import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { text } from './tools.ts';

const page = text('docs/deployment.md');

test('docs/deployment.md names only files that are there', () => {
  const named = [...page.matchAll(/(?:deploy|test\/deploy|\.gitea\/workflows)\/[\w./-]*\w/g)].map(
    ([name]) => name,
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !existsSync(name))).toEqual([]);
});

test('and every file that is shipped to deploy with', () => {
  const files = readdirSync('deploy', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  expect(files.length).toBeGreaterThan(8);
  expect(files.filter((file) => !page.includes(file))).toEqual([]);
});
