import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { rows, text } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';
import type { ToolContext } from '../tool.ts';
import type { Image } from './image.ts';
import type { Rooms } from './places.ts';

const SHOWN = 8;

/**
 * The nodes on which a volume lies: a local storage holds other files on each.
 *
 * @throws Failure `not_found` where it is on none
 */
export async function nodesWith(
  { volid, storage, content }: Extract<Image, { kind: 'volume' }>,
  { places }: Rooms,
  node: string | undefined,
  { pve, signal }: ToolContext,
): Promise<string[]> {
  const all = places.filter((place) => place.storage === storage);
  const here = all.filter((place) => node === undefined || place.node.toLowerCase() === node.toLowerCase());
  const asked = here[0]?.shared ? here.slice(0, 1) : here;
  const found = await Promise.all(
    asked.map(async (place) => {
      const at = path`/nodes/${place.node}/storage/${storage}/content`;
      const volids = rows(await pve.api.get(at, { content }, { signal })).flatMap(
        (row) => text(row.volid) ?? [],
      );
      return { place, volids };
    }),
  );
  const having = found
    .filter(({ volids }) => volids.some((each) => each === volid || volid.startsWith(`${each}/`)))
    .map(({ place }) => place.node);
  if (having.length > 0) return here[0]?.shared ? here.map((place) => place.node) : having;
  const others = [...new Set(found.flatMap(({ volids }) => volids))].sort();
  throw new Failure(
    'not_found',
    here.length === 0
      ? `There is no storage ${line(storage, 60)}${node === undefined ? '' : ` on ${line(node, 60)}`} that this login sees.`
      : `There is no ${line(volid, 160)}${node === undefined ? '' : ` on ${line(node, 60)}`}.`,
    others.length === 0
      ? 'fetch_image brings one there; a URL can also be given here.'
      : `There are: ${others
          .slice(0, SHOWN)
          .map((each) => line(each, 120))
          .join(', ')}${others.length > SHOWN ? ', …' : ''}. fetch_image brings others.`,
  );
}
