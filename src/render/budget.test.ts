import { expect, test } from 'vitest';
import { jsonLength, shorten, shortenText, tidy } from './budget.ts';

test('what fits comes whole', () => {
  const value = { a: [1, 2, { b: 'c' }] };
  expect(shorten(value, 100)).toEqual({ value, cuts: [] });
});

test('a list loses its end and says how much', () => {
  const list = Array.from({ length: 400 }, (_, vmid) => ({ vmid, name: 'guest' }));
  const { value, cuts } = shorten(list, 1000);
  const shown = value as unknown[];
  expect(shown).toEqual(list.slice(0, shown.length));
  expect(jsonLength(value)).toBeLessThanOrEqual(1000);
  expect(jsonLength(value)).toBeGreaterThan(900);
  expect(cuts).toEqual([`showed the first ${shown.length} of 400 items`]);
});

test('in an object the small values stay whole and the large one says where it was cut', () => {
  const { value, cuts } = shorten(
    { name: 'web1', cores: 4, description: 'long '.repeat(1000), vmid: 100 },
    500,
  );
  expect(value).toMatchObject({ name: 'web1', cores: 4, vmid: 100 });
  expect(jsonLength(value)).toBeLessThanOrEqual(520);
  expect(cuts).toEqual([expect.stringMatching(/^showed the first \d+ of 5000 characters in description$/)]);
});

test('an object with too many fields keeps the first ones', () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key${index}`, index]));
  const { value, cuts } = shorten(many, 400);
  const keys = Object.keys(value as object);
  expect(keys.slice(0, 3)).toEqual(['key0', 'key1', 'key2']);
  expect(jsonLength(value)).toBeLessThanOrEqual(400);
  expect(cuts).toEqual([`left out ${1000 - keys.length} of 1000 fields`]);
});

test('a first item that is larger than the budget is opened and cut', () => {
  const { value, cuts } = shorten([{ id: 1, text: 'x'.repeat(5000) }, { id: 2 }], 300);
  expect(value).toEqual([{ id: 1, text: expect.stringMatching(/^x+…$/) }]);
  expect(cuts).toHaveLength(2);
  expect(cuts[0]).toContain('in [0].text');
  expect(cuts[1]).toBe('showed the first 1 of 2 items');
});

test('plain text is cut at the end of a line', () => {
  const text = 'line of log\n'.repeat(100);
  const { text: shown, cuts } = shortenText(text, 130);
  expect(shown.endsWith('line of log')).toBe(true);
  expect(shown.length).toBeLessThanOrEqual(130);
  expect(cuts).toEqual([`showed the first ${shown.length} of 1200 characters`]);
});

test('tidy sorts keys, keeps the order of lists and makes hidden characters visible', () => {
  const tidied = tidy({ b: ['z\u200b', 'a'], a: { 'k\u202e': null } });
  expect(JSON.stringify(tidied)).toBe('{"a":{"k⟨U+202E⟩":null},"b":["z⟨U+200B⟩","a"]}');
});
