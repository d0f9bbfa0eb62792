import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clientFor, served, WAYS } from './connect.ts';

const golden = JSON.parse(readFileSync(new URL('golden/tools-list.json', import.meta.url), 'utf8'));

test.each(WAYS)('%s: the tools list is the golden one (npm run gen writes it)', async (way) => {
  const { http } = await served();
  const client = await clientFor(http.url, way);
  expect((await client.listTools()).tools).toEqual(golden);
});

test('without output schemas the list costs at most 900 tokens (bytes / 4)', () => {
  const listed = golden.map(({ outputSchema: _, ...tool }: Record<string, unknown>) => tool);
  expect(JSON.stringify({ tools: listed }).length / 4).toBeLessThanOrEqual(900);
});

test('every tool has a title, annotations, an output schema, and a name that fits', () => {
  for (const tool of golden) {
    expect(tool).toMatchObject({
      title: expect.any(String),
      annotations: expect.any(Object),
      outputSchema: { type: 'object' },
    });
    expect(tool.name).toMatch(/^[a-z]+(_[a-z]+)+$/);
    expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
  }
});
