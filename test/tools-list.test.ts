import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tools } from '../src/tools/all.ts';
import { clientFor, served, WAYS } from './connect.ts';

const golden = JSON.parse(readFileSync(new URL('golden/tools-list.json', import.meta.url), 'utf8'));

test.each(WAYS)('%s: the tools list is the golden one (npm run gen writes it)', async (way) => {
  const { http } = await served();
  const client = await clientFor(http.url, way);
  expect((await client.listTools()).tools).toEqual(golden);
});

/** Tokens (bytes / 4) of these tools as a client hands them to its model. */
function tokens(names?: readonly string[]): number {
  const listed = golden
    .filter(({ name }: { name: string }) => names === undefined || names.includes(name))
    .map(({ outputSchema: _, ...tool }: Record<string, unknown>) => tool);
  return JSON.stringify({ tools: listed }).length / 4;
}

test('without output schemas the list costs at most 5,500 tokens, and the core of it 1,800', () => {
  const core = tools.filter((tool) => tool.core).map(({ name }) => name);
  expect(tokens(core)).toBeLessThanOrEqual(1_800);
  expect(tokens()).toBeLessThanOrEqual(5_500);
});

test('every tool has a title, annotations, an output schema, and a name that fits', () => {
  for (const tool of golden) {
    expect(tool).toMatchObject({
      title: expect.any(String),
      annotations: expect.any(Object),
      outputSchema: { type: 'object' },
    });
    expect(tool.name).toMatch(/^[a-z]+(_[a-z]+)+$/);
    expect(tool.inputSchema).toMatchObject({ type: 'object' });
  }
});
