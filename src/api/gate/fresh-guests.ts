import type { Read } from '../change.ts';
import type { TouchedGuest } from './plan.ts';

/** How many guests are looked at one by one: a bulk action on more rests on what the cluster says of them. */
const MAX_LOOKS = 20;

/**
 * The guests, each once and by VMID, as they are now: with the digests of their configs, and with the status of this
 * moment, since the cluster's list is up to 10 s old. What this login may not read is left as it was.
 */
export async function freshGuests(guests: readonly TouchedGuest[], read: Read): Promise<TouchedGuest[]> {
  const each = [...new Map(guests.map((guest) => [guest.vmid, guest])).values()];
  each.sort((a, b) => a.vmid - b.vmid);
  return Promise.all(
    each.map((guest, index) => (index < MAX_LOOKS && guest.node !== '' ? fresh(guest, read) : guest)),
  );
}

async function fresh(guest: TouchedGuest, read: Read): Promise<TouchedGuest> {
  const base = `/nodes/${encodeURIComponent(guest.node)}/${guest.type}/${guest.vmid}`;
  const [digest, status] = await Promise.all([
    wordAt(read, `${base}/config`, 'digest'),
    wordAt(read, `${base}/status/current`, 'status'),
  ]);
  return { ...guest, ...(digest !== undefined && { digest }), ...(status !== undefined && { status }) };
}

async function wordAt(read: Read, path: string, name: string): Promise<string | undefined> {
  try {
    const { data } = await read(path, {});
    const word = (data as Record<string, unknown> | null)?.[name];
    return typeof word === 'string' ? word : undefined;
  } catch {
    return undefined;
  }
}
