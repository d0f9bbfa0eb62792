/**
 * Reads the patterns of the API description, which are Perl's. What differs from JavaScript: `(?^i:…)` groups, `\w`,
 * `\d` and `\s` that know all of Unicode, `{,n}`, and a `$` that also matches before a last newline.
 */

const compiled = new Map<string, RegExp>();

/**
 * Whether a value matches, anchored as PVE does it: `^` before and `$` after the pattern's own text. So in `a|b` only
 * the `a` is bound to the start and only the `b` to the end.
 */
export function matchesPerl(pattern: string, value: string): boolean {
  let regex = compiled.get(pattern);
  if (!regex) {
    regex = new RegExp(`^${translate(pattern)}${END}`, 'u');
    compiled.set(pattern, regex);
  }
  return regex.test(value);
}

const END = '(?=\\n?$)';
const CLASSES: Record<string, string> = {
  w: '\\p{L}\\p{M}\\p{N}\\p{Pc}',
  d: '\\p{Nd}',
  s: '\\s',
};

/**
 * A separator of image names that may be empty: Perl copes, but JavaScript tries every way to part a long word with it,
 * and would not end. Without the empty one the same texts match.
 */
const EMPTY_SEPARATOR = '|[-]*)';

/** The same pattern for JavaScript, with its `u` flag. */
export function translate(perl: string): string {
  const pattern = perl.replaceAll(EMPTY_SEPARATOR, '|[-]+)');
  let out = '';
  // One entry per open group: whether letters match in both cases.
  const ignoreCase = [false];
  let inClass = false;
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at] as string;
    const loose = ignoreCase.at(-1) === true;
    const group = inClass ? undefined : /^\(\?\^(\w*):/.exec(pattern.slice(at, at + 8));
    if (group) {
      out += '(?:';
      ignoreCase.push((group[1] as string).includes('i'));
      at += group[0].length;
    } else if (char === '\\') {
      const escaped = readEscape(pattern, at, inClass);
      out += escaped.text;
      at = escaped.end;
    } else if (inClass) {
      if (char === ']') inClass = false;
      const range = loose ? /^([a-z])-([a-z])|^([A-Z])-([A-Z])/.exec(pattern.slice(at, at + 3)) : null;
      out += range ? bothCases(range[0]) : loose ? bothCases(char) : char === '[' ? '\\[' : char;
      at += range ? 3 : 1;
    } else {
      if (char === '[') inClass = true;
      if (char === '(') ignoreCase.push(loose);
      if (char === ')') ignoreCase.pop();
      const upTo = char === '{' && /^\{,(\d+)\}/.exec(pattern.slice(at));
      if (upTo) out += `{0,${upTo[1]}}`;
      else if (char === '$') out += END;
      else out += loose && /[a-zA-Z]/.test(char) ? `[${bothCases(char)}]` : char;
      at += upTo ? upTo[0].length : 1;
    }
  }
  return out;
}

function bothCases(text: string): string {
  const other = text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase();
  return other === text ? text : text + other;
}

function readEscape(pattern: string, at: number, inClass: boolean): { text: string; end: number } {
  const next = pattern[at + 1] ?? '\\';
  if (next === 'x') return { text: pattern.slice(at, at + 4), end: at + 4 };
  const known = CLASSES[next];
  if (known) return { text: inClass || next === 's' ? known : `[${known}]`, end: at + 2 };
  if (/[a-zA-Z0-9]/.test(next)) return { text: `\\${next}`, end: at + 2 };
  // With the `u` flag only these may be escaped; everything else stands for itself.
  const special = inClass ? /[\\\]^-]/ : /[\\^$.*+?()[\]{}|/]/;
  return { text: special.test(next) ? `\\${next}` : next, end: at + 2 };
}
