import { Failure } from '../failure.ts';

/** What a storage can take in: ISO images, container templates, disk images and appliances to import. */
export type FileContent = 'iso' | 'vztmpl' | 'import';

/** What a file must amount to. */
export interface Checksum {
  algorithm: 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
  /** Hex digits, in either case. */
  value: string;
}

const HEX_DIGITS = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 };

/** The endings that PVE 9.2 takes. The server decides; this is for the hint. */
const ENDINGS: Record<FileContent, string> = {
  iso: '.iso or .img',
  vztmpl: '.tar, .tar.gz, .tar.xz, .tar.zst or .tar.bz2',
  import: '.ova, .qcow2, .raw or .vmdk',
};

/**
 * The name and checksum as they are sent. The name is already changed as Proxmox would change it (PVE 9.2), so that what
 * it is called afterwards is known.
 *
 * @throws Failure `invalid_argument` for what can be neither
 */
export function checkFile(
  name: string | undefined,
  checksum: Checksum | undefined,
): { filename: string; checksum: Checksum | undefined } {
  const filename = (name ?? '').replace(/^.*[/\\]/s, '').replace(/[^a-zA-Z0-9_.-]/g, '_');
  if (filename === '' || filename.length > 255) {
    throw new Failure(
      'invalid_argument',
      filename === '' ? 'The file has no name.' : 'The name of the file is longer than 255 characters.',
      'Give `filename`: letters, digits, dots, dashes and underscores, with the ending that the content needs.',
    );
  }
  if (checksum === undefined) return { filename, checksum };
  const known = Object.hasOwn(HEX_DIGITS, checksum.algorithm);
  const digits = known ? HEX_DIGITS[checksum.algorithm] : undefined;
  const value = checksum.value.trim();
  if (digits === undefined) {
    throw new Failure(
      'invalid_argument',
      `Proxmox knows no checksum algorithm ${String(checksum.algorithm)}.`,
      `Use one of ${Object.keys(HEX_DIGITS).join(', ')}.`,
    );
  }
  if (value.length !== digits || !/^[0-9a-f]+$/i.test(value)) {
    throw new Failure(
      'invalid_argument',
      `The checksum is no ${checksum.algorithm}: that has ${digits} hex digits.`,
      'Take the digits alone, without the name of the file.',
    );
  }
  return { filename, checksum: { algorithm: checksum.algorithm, value } };
}

/** An error about the name, with what the name may be. */
export function withFileHint(error: unknown, content: FileContent): unknown {
  if (!(error instanceof Failure) || !/extension/.test(error.details.errors?.filename ?? '')) return error;
  return new Failure(
    error.code,
    error.message,
    `A file of content ${content} must end with ${ENDINGS[content]}.`,
    error.details,
    error.cause,
  );
}
