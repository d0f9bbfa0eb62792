/**
 * How many of each `name[n]` parameter there are: `net[n]` stands for `net0` to `net31`. The API description does not
 * say it; the numbers are those of the sources of PVE 9.2. `ide4` is as unknown to PVE as `foo` is.
 */
const COUNTS: Record<string, number> = {
  acmedomain: 6,
  dev: 256,
  hostpci: 16,
  ide: 4,
  ipconfig: 32,
  link: 8,
  mp: 256,
  net: 32,
  numa: 8,
  parallel: 3,
  sata: 6,
  scsi: 31,
  serial: 4,
  unused: 256,
  usb: 14,
  virtio: 16,
  virtiofs: 10,
};

/** The family that a parameter such as `net0` belongs to (`net[n]`), or undefined where there is none so far up. */
export function familyOf(name: string): string | undefined {
  const found = /^([a-z]+)(0|[1-9]\d*)$/.exec(name);
  if (!found) return undefined;
  const [, family, index] = found as unknown as [string, string, string];
  return Number(index) < (COUNTS[family] ?? 0) ? `${family}[n]` : undefined;
}

/** How many there are of a family: 32 of `net[n]`. Undefined where the sources of PVE 9.2 know no such family. */
export function familySize(family: string): number | undefined {
  const name = family.replace(/\[n\]$/, '');
  return Object.hasOwn(COUNTS, name) ? COUNTS[name] : undefined;
}
