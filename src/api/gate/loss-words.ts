/** Bytes as people say them: `32 GiB`, `1.5 GiB`, `300 MiB`. */
export function gib(bytes: number): string {
  const [size, unit] = bytes >= 2 ** 30 ? [bytes / 2 ** 30, 'GiB'] : [bytes / 2 ** 20, 'MiB'];
  return `${size >= 10 ? Math.round(size) : Math.round(size * 10) / 10} ${unit}`;
}

/** Seconds since 1970 as a date and a time: `2026-11-22 16:40 UTC`. */
export function date(seconds: unknown): string {
  const at = new Date(Number(seconds) * 1000);
  if (!(Number(seconds) > 0) || Number.isNaN(at.getTime())) return 'an unknown time';
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The first few, and how many more. */
export function list(texts: readonly string[]): string {
  const shown = texts.slice(0, 6).join(', ');
  return texts.length > 6 ? `${shown} and ${texts.length - 6} more` : shown;
}

/** A name from outside, after a space: short, and nothing in it but what names are made of. */
export function word(name: string | undefined): string {
  if (name === undefined) return '';
  return ` ${name.replace(/[^\p{L}\p{N}\p{M} ._:/@+-]/gu, '?').slice(0, 60)}`;
}
