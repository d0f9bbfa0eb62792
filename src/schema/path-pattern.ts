/** The words of a path, as Proxmox parts it: double slashes and one at the end count for nothing. */
export function wordsOf(path: string): string[] {
  return path.split('/').filter((word) => word !== '');
}

/**
 * Whether a pattern has this path. In a pattern `*` is one word, `**` any number of words, none included, wherever it
 * stands, and `qemu|lxc` either word. In a path `*` is a word that nobody knows: it may be any.
 */
export function matchesPath(pattern: readonly string[], words: readonly string[]): boolean {
  let at = 0;
  // Where the last `**` stands, and how far its words go as yet. If what follows does not fit, it takes one word more.
  let rest: { at: number; to: number } | undefined;
  for (let word = 0; word < words.length; ) {
    const wanted = pattern[at];
    if (wanted === '**') {
      rest = { at, to: word };
      at++;
    } else if (wanted !== undefined && matchesWord(wanted, words[word] as string)) {
      at++;
      word++;
    } else if (rest !== undefined) {
      rest.to++;
      at = rest.at + 1;
      word = rest.to;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every((wanted) => wanted === '**');
}

function matchesWord(wanted: string, word: string): boolean {
  if (wanted === '*' || wanted === word || word === '*') return true;
  return wanted.includes('|') && wanted.split('|').includes(word);
}
