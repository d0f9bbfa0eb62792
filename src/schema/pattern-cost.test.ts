import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KNOWN_PATTERNS } from './known-patterns.ts';
import { patternCost } from './pattern-cost.ts';
import { matchesPerl } from './perl-pattern.ts';
import { pveCatalog } from './pve-catalog.ts';

test.each([
  ['abc', 1],
  ['[a-z]{4}', 1],
  ['(?:a|b|c)', 3],
  ['\\d{1,3}', 3],
  ['a?b?', 4],
  ['[a-z]+', 10],
  ['.*:.*', 121],
  ['(?^i:[a-z]{2}):x', 1],
])('%s can be tried in %i ways on ten characters', (pattern, ways) => {
  expect(patternCost(pattern, 10)).toBe(ways);
});

test.each(['(a+)+', '(a|a)*', '(a|aa)+', '(.*a){20}', '(a?){30}', 'a?'.repeat(40), '(?:x*)*'])(
  '%s has no bound worth the name',
  (pattern) => {
    expect(patternCost(pattern, 40)).toBeGreaterThan(1e9);
  },
);

test.each(['(a', 'a)', '(?=a)b', '(?<=a)b', '(x)\\1', '(?(1)a)', '('.repeat(3000)])(
  '%s is not counted at all',
  (pattern) => {
    expect(patternCost(pattern, 10)).toBe(Number.POSITIVE_INFINITY);
  },
);

test('those that are known and have no bound are exactly those of PVE 9.2', () => {
  const costly = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { pattern } = value as { pattern?: unknown };
    if (typeof pattern === 'string' && patternCost(pattern, 100) * 100 > 1e8) costly.add(pattern);
    for (const inner of Object.values(value)) look(inner);
  };
  look(pveCatalog().methods.map(({ parameters, allOf }) => [parameters, allOf]));
  expect([...costly].sort()).toEqual([...KNOWN_PATTERNS].sort());
});

test('a pattern that would keep us busy for ever lets the value pass', () => {
  const value = `${'a'.repeat(60)}!`;
  for (const pattern of [
    '(a+)+',
    '(a|a)*b',
    '(.*a){30}',
    '(?:[^x]+)*x',
    `${'a?'.repeat(60)}${'a'.repeat(60)}`,
  ]) {
    const from = performance.now();
    expect(matchesPerl(pattern, value)).toBe(true);
    expect(performance.now() - from).toBeLessThan(2000);
  }
});

test('one that is cheap is still checked', () => {
  expect(matchesPerl('[a-z]+@[a-z]+', 'a@b')).toBe(true);
  expect(matchesPerl('[a-z]+@[a-z]+', 'a@@b')).toBe(false);
});

test('whatever pattern a server sends, a value is judged in bounded time', () => {
  const piece = fc.constantFrom(
    'a',
    '.',
    '[ab]',
    '(',
    ')',
    '(?:',
    '|',
    '*',
    '+',
    '?',
    '{1,9}',
    '{9}',
    '\\d',
    'x',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const from = performance.now();
      matchesPerl(pieces.join(''), 'a'.repeat(40));
      expect(performance.now() - from).toBeLessThan(2000);
    }),
    { numRuns: 3000, seed: 7 },
  );
});
