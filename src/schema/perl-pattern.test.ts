import { expect, test } from 'vitest';
import { matchesPerl, translate } from './perl-pattern.ts';
import { pveCatalog } from './pve-catalog.ts';

test.each([
  ['(?^i:[a-z0-9_][a-z0-9_\\-]*)', 'Web-1', true],
  ['(?^:[a-z]+)', 'Web', false],
  ['(?^i:ab(?^:c))', 'ABc', true],
  ['(?^i:ab(?^:c))', 'ABC', false],
  ['[-_.\\w\\d]+', 'brücke_1', true],
  ['[-_.\\w\\d]+', 'a b', false],
  ['[A-Za-z]{,3}', '', true],
  ['[A-Za-z]{,3}', 'abcd', false],
  ['a|b', 'ax', true],
  ['a|b', 'xb', true],
  ['(?^:a|b)', 'ax', false],
  ['\\d+', '5\n', true],
  ['(?>a+)ab', 'aab', false],
  ['(?>a+b)+c', 'aabc', true],
  ['^https?://.*', 'https://x', true],
  ['[^\\x00-\\x1F\\x7F <>#"]*', 'a b', false],
])('%s on %j: %s', (pattern, value, matches) => expect(matchesPerl(pattern, value)).toBe(matches));

test('every pattern of the API description can be read and answers at once', () => {
  const patterns = new Set(
    [...JSON.stringify(pveCatalog().methods).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      ([, text]) => JSON.parse(text as string) as string,
    ),
  );
  expect(patterns.size).toBeGreaterThan(60);
  // One that parts a long word in every way would not come back from this.
  for (const pattern of patterns) {
    expect(() => new RegExp(translate(pattern), 'u')).not.toThrow();
    matchesPerl(pattern, `${'a'.repeat(60)}!`);
  }
});

test('a pattern that JavaScript cannot read lets all pass', () => {
  expect(matchesPerl('(?(DEFINE)x)', 'anything')).toBe(true);
});
