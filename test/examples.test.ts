import { expect, test } from 'vitest';
import { tools } from '../src/tools/all.ts';
import { connect } from './connect.ts';

test.each(tools.map((tool) => [tool.name, tool.example] as const))(
  'the example of %s works',
  async (name, example) => {
    const { call, mistakes } = await connect({ seed: 'demo' });
    const answer = await call(name, example);
    expect(answer.isError, answer.text).toBe(false);
    // The text stands alone: old clients never read the data.
    expect(answer.text.length).toBeGreaterThan(20);
    expect(answer.data).toBeDefined();
    expect(mistakes).toEqual([]);
  },
);
