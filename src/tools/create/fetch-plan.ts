import type { Params } from '../../api/form.ts';
import { type ApiPath, path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { type Checksum, checkFile } from '../../pve/file-names.ts';
import { number, type Row, rows, text } from '../../pve/read.ts';
import { bytes } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';
import type { Step } from '../steps.ts';
import type { ToolContext } from '../tool.ts';
import type { Image } from './image.ts';
import { chooseNode, choosePlace, type Need, type Place, placesOf, type Rooms } from './places.ts';
import { findTemplate, noTemplate } from './template-list.ts';

/** How an image comes to a storage. */
export interface FetchPlan {
  /** `local:iso/debian.iso` */
  volid: string;
  node: string;
  storage: string;
  /** Bytes, where they are known before. */
  size?: number;
  /** Absent where it is there already. */
  step?: Step;
  notes: string[];
}

export interface FetchWish {
  node?: string | undefined;
  storage?: string | undefined;
  checksum?: Checksum | undefined;
}

type Fetched = Exclude<Image, { kind: 'volume' }>;

/**
 * Where an image is to be, and how it gets there. Looks first whether it is there, and, for a URL, whether the node reaches
 * it and how large it is. Changes nothing.
 *
 * @throws Failure for an unknown node, storage, template or URL, and where there is no room
 */
export async function planFetch(
  image: Fetched,
  { node: wanted, storage, checksum }: FetchWish,
  rooms: Rooms,
  context: ToolContext,
): Promise<FetchPlan> {
  const need: Need = { content: image.content, storage };
  const node = chooseNode(rooms, wanted, [need]);
  const there = placesOf(rooms, image.content, node).filter(
    (place) => (storage ?? place.storage) === place.storage,
  );
  const [files, size, template] = await Promise.all([
    Promise.all(there.map((place) => filesAt(place, image.content, context))),
    image.kind === 'url' ? sizeAt(node, image.url, context) : undefined,
    image.kind === 'template' ? templateAt(node, image.name, context) : undefined,
  ]);
  const given = image.kind === 'template' ? (template?.file ?? image.name) : image.filename;
  const filename = checkFile(given, checksum).filename;
  const found =
    files.flat().find((volid) => nameOf(volid) === filename) ??
    presentTemplate(image, files.flat(), template);
  const notes = 'note' in image && image.note !== undefined ? [image.note] : [];
  if (found !== undefined && checksum === undefined)
    return { volid: found, node, storage: found.slice(0, found.indexOf(':')), ...(size && { size }), notes };
  if (template !== undefined && template.file === undefined) throw noTemplate(template.list, given);
  const place = choosePlace(
    rooms,
    { ...need, size, ...(found && { storage: found.slice(0, found.indexOf(':')) }) },
    node,
  );
  const volid = `${place.storage}:${image.content}/${filename}`;
  if (storage === undefined) notes.push(`Storage ${place.storage} chosen: ${bytes(place.free)} free.`);
  const step = stepFor(image, { ...place, filename, volid }, checksum);
  return { volid, node, storage: place.storage, ...(size && { size }), step, notes };
}

/** What lies there, by volume id. */
async function filesAt(
  { node, storage }: Place,
  content: string,
  { pve, signal }: ToolContext,
): Promise<string[]> {
  const at = path`/nodes/${node}/storage/${storage}/content`;
  try {
    return rows(await pve.api.get(at, { content }, { signal })).flatMap(({ volid }) => text(volid) ?? []);
  } catch (error) {
    // Whoever may not look may perhaps write; Proxmox does not overwrite what is there.
    if (error instanceof Failure && error.code === 'forbidden') return [];
    throw error;
  }
}

const nameOf = (volid: string) => volid.slice(volid.lastIndexOf('/') + 1);

/** A template that no list has any more may still lie there. */
function presentTemplate(
  image: Fetched,
  volids: readonly string[],
  known: Template | undefined,
): string | undefined {
  if (image.kind !== 'template' || known?.file !== undefined) return undefined;
  return volids
    .filter((volid) => nameOf(volid).startsWith(image.name))
    .sort()
    .at(-1);
}

/** A server that answers no HEAD request may still have the file: only what says that there is none ends it here. */
async function sizeAt(node: string, url: string, { pve, signal }: ToolContext): Promise<number | undefined> {
  try {
    const found = (await pve.api.get(path`/nodes/${node}/query-url-metadata`, { url }, { signal })) as Row;
    return number(found.size);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const [, answer] = /invalid server response: '(.*)'/.exec(error.message) ?? [];
    if (answer === undefined && error.code !== 'invalid_parameter') return undefined;
    if (answer !== undefined && !/^(?:404|410|500 Can't connect)/.test(answer)) return undefined;
    throw new Failure(
      'not_found',
      `${node} can't fetch ${line(url, 200)}: ${line(answer ?? error.message, 200)}`,
      'Check the URL, and that the node reaches it (name resolution, firewall, proxy of the datacenter). Nothing was made.',
    );
  }
}

interface Template {
  file: string | undefined;
  list: Row[];
}

async function templateAt(node: string, name: string, { pve, signal }: ToolContext): Promise<Template> {
  const list = rows(await pve.api.get(path`/nodes/${node}/aplinfo`, {}, { signal }));
  return { list, file: findTemplate(list, name) };
}

function stepFor(
  image: Fetched,
  { node, storage, filename, volid }: Place & { filename: string; volid: string },
  checksum: Checksum | undefined,
): Step {
  const step = (at: ApiPath, params: Params): Step => ({
    ...{ name: `fetch ${line(volid)}`, verb: 'POST', path: at, params },
  });
  switch (image.kind) {
    case 'template':
      return step(path`/nodes/${node}/aplinfo`, { storage, template: filename });
    case 'oci':
      return step(path`/nodes/${node}/storage/${storage}/oci-registry-pull`, { reference: image.reference });
    case 'url':
      return step(path`/nodes/${node}/storage/${storage}/download-url`, {
        ...{ url: image.url, content: image.content, filename, compression: image.compression },
        ...(checksum && { checksum: checksum.value, 'checksum-algorithm': checksum.algorithm }),
      });
  }
}
