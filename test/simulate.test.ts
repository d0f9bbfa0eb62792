import { expect, test } from 'vitest';
import { createSimulator } from '../src/simulator/simulator.ts';
import { connect } from './connect.ts';

test.each([
  [1, 1],
  [50, 1],
  [51, 2],
  [1000, 20],
])('a cluster of scale %i has as many guests, on %i nodes', async (guests, nodes) => {
  const { call } = await connect({ simulator: createSimulator({ scale: guests }) });
  const { data } = await call('get_cluster_resources', { limit: 1 });
  expect(data).toMatchObject({ counts: { guest: guests, node: nodes } });
});

test('ten thousand guests stay a small answer', async () => {
  const { call } = await connect({ simulator: createSimulator({ scale: 10_000 }) });
  const { text } = await call('get_cluster_resources', { type: 'guest', sort: 'mem' });
  expect(text).toContain('10000 matched');
  expect(text.length).toBeLessThan(8_000);
});
