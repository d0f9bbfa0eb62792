const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Three significant digits at most, and no `.0`. */
function short(value: number): string {
  return value < 99.95 ? String(Number(value.toFixed(1))) : String(Math.round(value));
}

/** Bytes as people say them: `0 B`, `1.5 KiB`, `23.5 GiB`. Powers of 1024, as Proxmox's own pages count. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (Math.abs(value) >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${short(value)} ${BYTE_UNITS[unit]}`;
}

/** A fraction as a percentage: `0.0274` is `2.7%`. Proxmox gives CPU load as a fraction of all the cores. */
export function percent(fraction: number): string {
  const value = fraction * 100;
  return `${value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)}%`;
}

/** How much of something is used, and what share that is: `2.1 GiB of 23.5 GiB, 9%`. */
export function usage(used: number, total: number): string {
  return total > 0 ? `${bytes(used)} of ${bytes(total)}, ${percent(used / total)}` : bytes(used);
}

const SPANS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** Seconds as the two largest units: `3d 4h`, `12m 5s`, `0s`. */
export function duration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [unit, size] of SPANS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0s';
}

/** A moment, given in seconds since 1970 as Proxmox does, with its zone: `2026-11-22 16:41:20 UTC`. */
export function time(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  if (Number.isNaN(date.getTime())) return 'unknown time';
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
