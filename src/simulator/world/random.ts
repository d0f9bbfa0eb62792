import { createHash } from 'node:crypto';

/** A 32-bit hash of a text: the seed from which everything that looks random is made, the same on every run. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A number from 0 up to 1 for a seed and a step. */
export function noise(seed: number, step: number): number {
  let x = (seed ^ Math.imul(step | 0, 0x9e3779b1)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 0x1_0000_0000;
}

const hash = (text: string) => createHash('sha1').update(text).digest('hex');

/** A SHA-1 as Proxmox uses it for config digests. */
export const sha1 = hash;

/** A UUID made from a text. */
export function uuidOf(text: string): string {
  const hex = hash(text);
  const variant = ((Number.parseInt(hex[16] as string, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A MAC address under Proxmox's own prefix, `BC:24:11`. */
export function macOf(text: string): string {
  const hex = hash(text).toUpperCase();
  return `BC:24:11:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
}
