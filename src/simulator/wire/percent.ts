/**
 * Undoes percent-encoding byte by byte: the result has one character per byte, as Proxmox's own decoding of a path has
 * (so `%C3%BC` in a path is two characters there). A `%` that starts no code stays.
 */
export function decodeBytes(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Reads characters that stand for one byte each as UTF-8. */
export function utf8Of(bytes: string): string {
  // Most texts are plain ASCII, where both are the same.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of ASCII
  if (/^[\x00-\x7f]*$/.test(bytes)) return bytes;
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
