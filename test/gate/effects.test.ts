import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { effectsList } from '../../scripts/gen-effects.ts';

test('the effect of every method is the one that was reviewed', () => {
  const golden = readFileSync(new URL('../golden/effects.txt', import.meta.url), 'utf8');
  expect(effectsList().split('\n')).toEqual(golden.split('\n'));
});
