/** Deeper than any API description (PVE 9.2: 26), and nothing that a reader could choke on. */
const MAX_DEPTH = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The JSON array that begins at `from` in a longer text, up to its closing bracket; brackets inside strings do not
 * count. It is found in one pass, whatever the text holds.
 */
export function jsonArrayAt(text: string, from: number): { json: string } | { problem: string } {
  const token = /["[\]{}]/g;
  token.lastIndex = from;
  let depth = 0;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [mark] = found;
    if (mark === '"') {
      const end = endOfString(text, found.index + 1);
      if (end < 0) break;
      token.lastIndex = end;
      continue;
    }
    depth += mark === '[' || mark === '{' ? 1 : -1;
    if (depth === 0) return { json: text.slice(from, token.lastIndex) };
    if (depth > MAX_DEPTH) return { problem: `it nests more than ${MAX_DEPTH} deep` };
  }
  return { problem: 'it is cut off' };
}

/** Where the string that began before `from` is over, or -1. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at++;
  }
  return -1;
}
