const units = ['', 'K', 'M', 'G', 'T'];

/** Reads `1G`, `512M`, `16186K` or plain bytes; `undefined` where it is no size. */
export function readSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT])?$/.exec(text);
  if (!match) return undefined;
  return Math.floor(Number(match[1]) * 1024 ** units.indexOf(match[2] ?? ''));
}

/** Writes bytes as Proxmox does in a config: the largest unit that leaves no rest (`0T`, `1G`, `16186K`). */
export function writeSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (unit < 4 && value % 1024 === 0) {
    value /= 1024;
    unit++;
  }
  return `${value}${units[unit]}`;
}

/** Writes bytes as task logs do: `2.69 MiB`. */
export function humanSize(bytes: number, digits = 1): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (unit < 4 && value >= 1024) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(digits)} ${names[unit]}`;
}
