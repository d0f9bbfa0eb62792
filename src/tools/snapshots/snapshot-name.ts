import type { Guest } from '../../pve/guests.ts';

const LONGEST = 40;
/** Names that mean something else to Proxmox; `vzdump` is what a container's backup takes for itself. */
const RESERVED: Readonly<Record<Guest['type'], readonly string[]>> = {
  qemu: ['current', 'pending'],
  lxc: ['current', 'pending', 'vzdump'],
};

/** Why Proxmox would refuse this name, as the end of a sentence; nothing where it takes it. */
export function refusedName(name: string, type: Guest['type']): string | undefined {
  if (RESERVED[type].includes(name)) return 'is reserved';
  if (name.length > LONGEST) return `is longer than ${LONGEST} characters`;
  if (!/^[a-z][\w-]+$/i.test(name))
    return 'must begin with a letter and have only letters, digits, _ and -, two at least';
  return undefined;
}

/** The nearest name that Proxmox takes. */
export function nearestName(name: string): string {
  const plain = name
    .trim()
    .normalize('NFKD')
    .replace(/[^\w-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const begun = /^[a-z]/i.test(plain) ? plain : `snap-${plain}`;
  return begun.slice(0, LONGEST).replace(/-+$/, '');
}

/** `snap-2026-11-23`, or the next one that is free. Of the day alone, so that asking again soon gives the same. */
export function datedName(now: number, taken: readonly string[]): string {
  const name = `snap-${new Date(now).toISOString().slice(0, 10)}`;
  let count = 1;
  const numbered = () => (count === 1 ? name : `${name}-${count}`);
  while (taken.includes(numbered())) count += 1;
  return numbered();
}
