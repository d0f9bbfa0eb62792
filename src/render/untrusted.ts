/*
 * Names, notes and logs come from guests and from whoever may write them: to us they are data. Here they lose the
 * means to hide something (from a reader) or to act (on a terminal, on a model that takes text for orders).
 */

/** ANSI escape sequences: colours and cursor moves (CSI), titles and links (OSC), and the two-byte rest. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/**
 * Characters that are not seen, or that change how their neighbours are seen: controls (save tab and line feed), soft
 * hyphen, fillers, zero-width ones, bidirectional controls, variation selectors, tags. The selector and the joiner
 * of a composed emoji are left alone.
 */
const UNSEEN =
  /(?![\t\n]|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}])\ufe0f|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\u200d\p{Extended_Pictographic})[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/gu;

/** Most text is plain ASCII: one look settles it. */
const PLAIN = /^[\t\n\x20-\x7e]*$/;

/** A control character as its picture (`␛`), anything else unseen as its number (`⟨U+202E⟩`). */
function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/**
 * Makes every character that hides visible and loses nothing else; `\r\n` becomes `\n`. For values that must stay
 * whole: notes, files, JSON answers.
 */
export function clean(text: string): string {
  return PLAIN.test(text) ? text : text.replaceAll('\r\n', '\n').replace(UNSEEN, visible);
}

/** Cuts to at most `max` characters, the last of them `…`, and never through the middle of a character. */
export function cap(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = max - 1;
  const last = text.charCodeAt(end - 1);
  return `${text.slice(0, last >= 0xd800 && last < 0xdc00 ? end - 1 : end)}…`;
}

/** What begins like a mark of a fence. Nothing from outside may close a fence, or open one that looks like ours. */
const FENCE_MARK = /<(?=\s*\/?\s*untrusted)/gi;

/** One line for a table cell, a log line or a sentence: no ANSI, no line breaks, nothing unseen, a capped length. */
export function line(text: string, max = 400): string {
  if (text.length <= max && PLAIN.test(text) && !/[\t\n<]/.test(text)) return text.trim();
  // Cut generously first: a log line of many megabytes need not be cleaned to its end.
  const start = text
    .slice(0, max * 8)
    .replace(ANSI, '')
    .replace(/[\t\r\n]+/g, ' ');
  return cap(clean(start).replace(FENCE_MARK, '‹').trim(), max);
}

/**
 * Marks text as data that came from elsewhere. The closing mark cannot be forged from inside. `source` is a few words
 * of ours (`log of qmstart`, `GET /nodes/pve1/status`).
 */
export function fence(source: string, text: string): string {
  const inner = text.replace(FENCE_MARK, '‹');
  return `<untrusted source="${line(source, 200).replaceAll('"', "'").replaceAll('>', '›')}">\n${inner}\n</untrusted>`;
}
