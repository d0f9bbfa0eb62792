import type * as z from 'zod';
import { Failure } from '../../failure.ts';
import type { Guest, Guests } from '../../pve/guests.ts';
import { list, words } from '../arguments.ts';

/** One or many guests: by VMID or name, by tag, or by pool. */
export const chosen = {
  guests: list('guests').optional().describe('VMIDs or unique names, as 100,web1'),
  tag: words('tag').optional(),
  pool: words('pool').optional(),
};

type Chosen = z.output<z.ZodObject<typeof chosen>>;

/**
 * The guests that these arguments name, by VMID, each once. Templates are left out where a tag or a pool has them.
 *
 * @throws Failure `invalid_argument` where nothing, or two ways at once, are given; `not_found` where there is no such guest
 */
export async function chosenGuests(
  { guests: named, tag, pool }: Chosen,
  guests: Guests,
  options: { signal: AbortSignal },
): Promise<Guest[]> {
  const ways = [named, tag, pool].filter((way) => way !== undefined && way.trim() !== '');
  if (ways.length !== 1)
    throw new Failure(
      'invalid_argument',
      ways.length === 0 ? 'No guest was named.' : 'Guests were named in more than one way.',
      'Give one of: guests (100,web1), tag, pool.',
    );
  if (named !== undefined && named.trim() !== '') {
    const names = named.split(/[,;\s]+/).filter((name) => name !== '');
    const found = await guests.findAll(names, options);
    return [...new Map(found.map((each) => [each.vmid, each])).values()].sort((a, b) => a.vmid - b.vmid);
  }
  const all = await guests.list(options);
  const fitting = all.filter((each) => !each.template && (tag ? hasTag(each, tag) : each.pool === pool));
  if (fitting.length > 0) return fitting;
  const known = new Set(all.flatMap((each) => (tag ? (each.tags ?? []) : (each.pool ?? []))));
  throw new Failure(
    'not_found',
    `No guest that this login may see has the ${tag ? `tag ${tag}` : `pool ${pool}`}.`,
    known.size > 0 ? `There are: ${[...known].sort().slice(0, 20).join(', ')}.` : 'No guest has any.',
  );
}

function hasTag({ tags = [] }: Guest, wanted: string): boolean {
  return tags.some((tag) => tag.toLowerCase() === wanted.toLowerCase());
}
