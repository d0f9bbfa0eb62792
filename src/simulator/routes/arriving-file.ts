import { type Call, parameterErrors } from '../call.ts';
import type { Content, Storage, Volume } from '../world/storage.ts';
import { no } from './find.ts';
import { pathOf } from './volume-access.ts';

/** A file that an upload or a download brings to a storage. */
export interface Arriving {
  storage: Storage;
  volid: string;
  /** Where it will lie. */
  path: string;
  /** Puts it there, in the place of one that has this name. */
  store(size: number, inside?: Pick<Volume, 'system' | 'oci'>): Volume;
}

/** Which names each kind of content may have (PVE 9.2), and what the storage calls its format then. */
const KINDS: Record<string, { pattern: RegExp; refusal: string; format: (ending: string) => string }> = {
  iso: { pattern: /[^/]+\.(?:iso|img)$/i, refusal: 'wrong file extension', format: () => 'iso' },
  vztmpl: {
    pattern: /[^/]+\.(?:tar\.(gz|xz|zst|bz2)|(tar))$/i,
    refusal: 'wrong file extension',
    format: (ending) => `t${ending}`,
  },
  import: {
    pattern: /^[a-zA-Z0-9.+=_-]+\.(ova|qcow2|raw|vmdk)$/,
    refusal: 'invalid filename or wrong extension',
    format: (ending) => ending,
  },
};

/** The name as Proxmox changes it: no folders, and `_` for what is no plain letter, digit, dot, dash or underscore. */
export function normalizeName(filename: string): string {
  return filename
    .replace(/\n$/, '')
    .replace(/^.*[/\\]/s, '')
    .replace(/[^a-zA-Z0-9_.-]/g, '_');
}

/** Looks at where the file goes and how it is called, and refuses what Proxmox refuses before its task. */
export function arrivingFile(
  { world, params }: Call,
  storage: Storage,
  { content, filename: name }: { content: Content; filename: string } = params as never,
): Arriving {
  const filename = normalizeName(name);
  const kind = KINDS[content];
  const match = kind?.pattern.exec(filename);
  if (kind === undefined || !match) {
    throw parameterErrors({ filename: kind?.refusal ?? 'wrong file extension' });
  }
  const volid = `${storage.id}:${content}/${filename}`;
  const format = kind.format(match[1] ?? match[2] ?? '');
  return {
    storage,
    volid,
    path: pathOf(storage, volid),
    store: (size, inside = {}) =>
      storage.add(params.node, {
        ...{ volid, content, format, size, used: size, ctime: world.seconds() },
        ...inside,
      }),
  };
}

/** Whether so many bytes more have room. */
export function hasRoom({ storage }: Arriving, node: string, size: number): boolean {
  return storage.used(node) + size <= storage.total;
}

/** A checksum that is not the one expected ends the task with these words (recorded on PVE 9.2). */
export function checksumMismatch(got: string, expected: string): Error {
  return no(`checksum mismatch: got '${got}' != expect '${expected}'`);
}
