import { Failure } from '../../failure.ts';
import type { Checksum, FileContent } from '../../pve/file-names.ts';
import { line } from '../../render/untrusted.ts';

/** What somebody means by an image: something to fetch, or something that lies on a storage already. */
export type Image =
  | { kind: 'url'; url: string; filename: string; content: FileContent; compression?: string; note?: string }
  | { kind: 'oci'; reference: string; filename: string; content: 'vztmpl'; note?: string }
  | { kind: 'template'; name: string; content: 'vztmpl' }
  | { kind: 'volume'; volid: string; storage: string; content: FileContent };

/** What a file of each content must end with on PVE 9.2. */
const ENDINGS: Record<FileContent, { pattern: RegExp; words: string }> = {
  iso: { pattern: /\.(?:iso|img)$/i, words: '.iso or .img' },
  vztmpl: {
    pattern: /\.tar(?:\.(?:gz|xz|zst|bz2))?$/i,
    words: '.tar, .tar.gz, .tar.xz, .tar.zst or .tar.bz2',
  },
  import: { pattern: /\.(?:qcow2|raw|vmdk|ova)$/, words: '.qcow2, .raw, .vmdk or .ova' },
};

/** As the API has it (PVE 9.2), save that the tag may be missing. */
const OCI =
  /^(?:[a-zA-Z\d][a-zA-Z\d.-]*(?::\d+)?\/)?[a-z\d]+(?:[._-]+[a-z\d]+)*(?:\/[a-z\d]+(?:[._-]+[a-z\d]+)*)*(?::\w[\w.-]{0,127})?$/;

/**
 * Reads what was given as an image: a URL, a volume (`local:iso/x.iso`), an OCI reference (`docker.io/library/nginx:1`), or
 * the name of a container template.
 *
 * @param wanted the content that it is to be, where the ending leaves it open
 * @param filename what the file shall be called
 * @throws Failure `invalid_argument` for what can be none of these
 */
export function readImage(image: string, wanted?: FileContent, filename?: string): Image {
  const text = image.trim();
  if (/^https?:\/\//i.test(text)) return fromUrl(text, wanted, filename);
  const [, storage, folder] = /^([A-Za-z][\w.-]*):(iso|vztmpl|import)\/\S+$/.exec(text) ?? [];
  if (storage !== undefined && folder !== undefined)
    return { kind: 'volume', volid: text, storage, content: folder as FileContent };
  const [, owner] = /^[A-Za-z][\w.-]*:(?:\d+\/)?(?:vm|base|subvol|basevol)-(\d+)-/.exec(text) ?? [];
  if (owner !== undefined)
    throw new Failure(
      'invalid_argument',
      `${line(text, 120)} is a disk of guest ${owner}, no image.`,
      `Use clone_guest guest=${owner}.`,
    );
  const named = text.replace(/^(?:docker|oci):(?:\/\/)?/, '');
  if (named !== text || /[/:]/.test(named)) return fromRegistry(named);
  if (/^[\w.+-]+$/.test(named)) return { kind: 'template', name: named, content: 'vztmpl' };
  throw new Failure(
    'invalid_argument',
    `This is no image: ${line(image, 120)}`,
    'Give an http(s) URL, a volume such as local:iso/x.iso, the name of a container template, or an OCI reference such as docker.io/library/nginx:1.29.',
  );
}

function fromUrl(url: string, wanted: FileContent | undefined, given: string | undefined): Image {
  const last = URL.canParse(url) ? (new URL(url).pathname.split('/').at(-1) ?? '') : '';
  const whole = given ?? decoded(last);
  const [, stem = whole, packed] = /^(.+)\.(gz|lzo|zst|bz2|xz)$/i.exec(whole) ?? [];
  const isArchive = /\.tar$/i.test(stem);
  const name = packed === undefined || isArchive ? whole : stem;
  const content = wanted ?? contentOf(name);
  if (content === undefined)
    throw new Failure(
      'invalid_argument',
      `The name ${line(whole, 120) || 'in that URL'} does not tell what it is.`,
      `Give content, and a filename that ends with ${ENDINGS.iso.words} (iso), ${ENDINGS.import.words} (import), or ${ENDINGS.vztmpl.words} (vztmpl).`,
    );
  // Only ISO images are unpacked on arrival (PVE 9.2).
  if (packed !== undefined && !isArchive && (content !== 'iso' || packed.toLowerCase() === 'xz'))
    throw new Failure(
      'invalid_argument',
      `${line(whole, 120)} is packed (.${packed}), and Proxmox can't unpack that.`,
      'Give the URL of an unpacked image; of packed files Proxmox takes ISO images as .gz, .lzo, .zst or .bz2 alone.',
    );
  const renamed = content === 'import' ? name.replace(/\.img$/i, '.qcow2') : name;
  if (!ENDINGS[content].pattern.test(renamed))
    throw new Failure(
      'invalid_argument',
      `${line(name, 120)} can't be stored as ${content}: its ending is another.`,
      `A file of content ${content} must end with ${ENDINGS[content].words}: give another content, or a filename.`,
    );
  return {
    ...{ kind: 'url', url, content, filename: renamed },
    ...(packed !== undefined && !isArchive && { compression: packed.toLowerCase() }),
    ...(renamed !== name && {
      note: `Stored as ${renamed}: Proxmox takes no .img as a disk image to import.`,
    }),
  };
}

function contentOf(name: string): FileContent | undefined {
  if (/cloud.*\.img$/i.test(name)) return 'import';
  const kinds = Object.keys(ENDINGS) as FileContent[];
  return kinds.find((kind) => ENDINGS[kind].pattern.test(name));
}

function fromRegistry(named: string): Image {
  if (!OCI.test(named))
    throw new Failure(
      'invalid_argument',
      `${line(named, 120)} is neither a volume nor an OCI reference.`,
      'A volume is storage:iso/name, storage:vztmpl/name or storage:import/name; an OCI reference is registry/name:tag in small letters.',
    );
  const tagged = /:\w[\w.-]*$/.test(named.slice(named.lastIndexOf('/') + 1));
  const reference = tagged ? named : `${named}:latest`;
  return {
    ...{ kind: 'oci', reference, content: 'vztmpl' },
    // As pve-storage 9.1 names it.
    filename: `${reference.replace(/^.*\//, '').replace(/[^\w.-]/g, '_')}.tar`,
    ...(!tagged && { note: `No tag was given: ${reference} is taken.` }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const BY_LENGTH: Readonly<Record<number, Checksum['algorithm']>> = {
  ...{ 32: 'md5', 40: 'sha1', 56: 'sha224', 64: 'sha256', 96: 'sha384', 128: 'sha512' },
};

/** `sha256:…`, or the digits alone: their number tells the algorithm. What is wrong with it, `checkFile` says. */
export function readChecksum(text: string): Checksum {
  const [, algorithm, value = ''] = /^(?:([a-z0-9-]+)[:=])?\s*(.*)$/i.exec(text.trim()) ?? [];
  const known = (algorithm?.toLowerCase().replace('-', '') ?? BY_LENGTH[value.length]) as
    | Checksum['algorithm']
    | undefined;
  return { algorithm: known ?? 'sha256', value };
}
