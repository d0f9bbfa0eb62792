import { expect, test } from 'vitest';
import { pveCatalog } from './pve-catalog.ts';

test('knows every method of PVE 9.2', () => {
  const { methods } = pveCatalog();
  expect(methods).toHaveLength(661);
  expect(new Set(methods.map(({ path }) => path)).size).toBe(439);
});
