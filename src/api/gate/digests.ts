import type { Read } from '../change.ts';
import type { TouchedGuest } from './plan.ts';

/** For how many guests the config is read: a bulk action on more rests on their status, names and tags. */
const MAX_READS = 20;

/** The guests, each once and by VMID, with the digests of their configs where this login may read them. */
export async function withDigests(guests: readonly TouchedGuest[], read: Read): Promise<TouchedGuest[]> {
  const each = [...new Map(guests.map((guest) => [guest.vmid, guest])).values()];
  each.sort((a, b) => a.vmid - b.vmid);
  return Promise.all(
    each.map(async (guest, index) => {
      const digest = index < MAX_READS ? await digestOf(guest, read) : undefined;
      return { ...guest, ...(digest !== undefined && { digest }) };
    }),
  );
}

async function digestOf({ node, type, vmid }: TouchedGuest, read: Read): Promise<string | undefined> {
  try {
    const { data } = await read(`/nodes/${encodeURIComponent(node)}/${type}/${vmid}/config`, {});
    const { digest } = (data ?? {}) as { digest?: unknown };
    return typeof digest === 'string' ? digest : undefined;
  } catch {
    return undefined;
  }
}
