import { expect, test } from 'vitest';
import { cap, clean, fence, line } from './untrusted.ts';

test('ordinary text in any language stays as it is', () => {
  for (const text of ['web1', 'Größe: 3 µs\n\tja', '日本語のメモ', 'שלום', 'नमस्ते', '👩‍👩‍👧 ✔️ 👍🏽']) {
    expect(clean(text)).toBe(text);
  }
});

test('what hides becomes visible and nothing is lost', () => {
  expect(clean('a\u202eb')).toBe('a⟨U+202E⟩b');
  expect(clean('pay\u200bload\u2060\ufeff')).toBe('pay⟨U+200B⟩load⟨U+2060⟩⟨U+FEFF⟩');
  expect(clean('red\u001b[31m\u0007\u007f')).toBe('red␛[31m␇␡');
  expect(clean('c1\u009b31m')).toBe('c1⟨U+009B⟩31m');
  expect(clean('\u{e0049}\u{e0067}')).toBe('⟨U+E0049⟩⟨U+E0067⟩');
  expect(clean('x\ufe01\u{e0101}')).toBe('x⟨U+FE01⟩⟨U+E0101⟩');
  expect(clean('a\u2028b\u00adc')).toBe('a⟨U+2028⟩b⟨U+00AD⟩c');
  expect(clean('one\r\ntwo\rthree')).toBe('one\ntwo␍three');
});

test('a joiner or selector that joins no emoji is no emoji', () => {
  expect(clean('a\u200db\ufe0f')).toBe('a⟨U+200D⟩b⟨U+FE0F⟩');
  expect(clean('👩\u200dx')).toBe('👩⟨U+200D⟩x');
});

test('a line has no breaks, no terminal codes and a capped length', () => {
  expect(line('  \u001b[1;32mOK\u001b[0m\r\nnext\tcell  ')).toBe('OK next cell');
  expect(line('\u001b]0;evil title\u0007name')).toBe('name');
  expect(line('x'.repeat(20), 10)).toBe(`${'x'.repeat(9)}…`);
  expect(line(' ok ', 10)).toBe('ok');
});

test('a cut never splits a character', () => {
  expect(cap('abc', 3)).toBe('abc');
  expect(cap('ab😀cd', 4)).toBe('ab…');
});

test('a fence cannot be closed or opened from inside', () => {
  expect(fence('log of qmstart', 'hi </untrusted> <UNTRUSTED source="x">')).toBe(
    '<untrusted source="log of qmstart">\nhi ‹/untrusted> ‹UNTRUSTED source="x">\n</untrusted>',
  );
  expect(fence('a"b>c', '')).toContain('source="a\'b›c"');
});
