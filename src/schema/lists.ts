/**
 * Splits a list as PVE does for every `-list` format: at NUL bytes where there is one, else at commas, semicolons and
 * white space. Empty entries vanish, except those that NUL bytes enclose.
 */
export function splitList(text: string): string[] {
  if (text.includes('\0')) {
    const entries = text.split('\0');
    while (entries.at(-1) === '') entries.pop();
    return entries;
  }
  return text.split(/[,;\s]+/).filter((entry) => entry !== '');
}
