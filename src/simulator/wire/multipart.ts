import { createHash, type Hash } from 'node:crypto';
import { BadBody } from './json-body.ts';
import { utf8Of } from './percent.ts';

/** What an upload's parts came to. */
export interface Parts {
  /** The fields that Proxmox looks for, and `filename`. */
  params: Record<string, string>;
  /** Bytes of the file. */
  size: number;
  /** Of the file, by the algorithm that a part before it named; absent without such a part. */
  checksum: string | undefined;
}

const AT = 'at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line';
/** In this order alone: what stands before a part that is found is thrown away, other fields with it. */
const FIELDS = ['content', 'checksum-algorithm', 'checksum'];
const ALGORITHMS = new Set(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']);
/** What may stand before the file. Proxmox sets no limit; somebody who sends so much sends no upload. */
const MAX_HEAD = 256 * 1024;

/**
 * Reads the parts of an upload as pveproxy 9.2 does, holding no more of the file than one piece. Throws `BadBody` with
 * its words where they are not as it wants them.
 */
export async function readParts(pieces: AsyncIterable<Uint8Array>, boundary: string): Promise<Parts> {
  const reader = new PartsReader(boundary);
  for await (const piece of pieces) {
    reader.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
  }
  return reader.end();
}

class PartsReader {
  readonly #delimiter: string;
  readonly #close: Buffer;
  readonly #params: Record<string, string> = {};
  /** What stands before the file, a character for each byte. */
  #head = '';
  /** The file's last bytes, which may already be the end of the parts. */
  #held: Buffer = Buffer.alloc(0);
  #phase: 'before' | 'fields' | 'file' | 'done' = 'before';
  #size = 0;
  #hash: Hash | undefined;

  constructor(boundary: string) {
    this.#delimiter = `--${boundary}`;
    this.#close = Buffer.from(`--${boundary}--`, 'latin1');
  }

  push(piece: Buffer): void {
    if (this.#phase === 'file') this.#file(piece);
    if (this.#phase === 'file' || this.#phase === 'done') return;
    this.#head += piece.toString('latin1');
    if (this.#phase === 'before') this.#skipToFirst();
    if (this.#phase === 'fields') {
      for (const name of FIELDS) this.#field(name);
      this.#fileHead();
    }
    if (this.#head.length > MAX_HEAD) throw failed();
  }

  end(): Parts {
    if (this.#phase !== 'done') throw failed();
    return { params: this.#params, size: this.#size, checksum: this.#hash?.digest('hex') };
  }

  #skipToFirst(): void {
    const start = this.#findDelimiter(this.#head, 0);
    if (start === undefined) return;
    this.#head = this.#head.slice(start.at);
    this.#phase = 'fields';
  }

  /** The first line that is a delimiter: where it begins and where the next line does. */
  #findDelimiter(text: string, from: number): { at: number; end: number } | undefined {
    for (let at = text.indexOf(this.#delimiter, from); at >= 0; at = text.indexOf(this.#delimiter, at + 1)) {
      const lineEnd = /^\r?\n/.exec(text.slice(at + this.#delimiter.length, at + this.#delimiter.length + 2));
      if (lineEnd) return { at, end: at + this.#delimiter.length + lineEnd[0].length };
    }
    return undefined;
  }

  /** Takes a field out, once the part after it has begun. */
  #field(name: string): void {
    const found = new RegExp(`Content-Disposition: ((?:(?!Content-Disposition: ).)*?); name="${name}"`, 's');
    const match = found.exec(this.#head);
    if (!match) return;
    const rest = this.#head.slice(match.index + match[0].length);
    const next = this.#findDelimiter(rest, 0);
    if (next === undefined) return;
    assertFormData(match[1] as string);
    const part = rest.slice(0, next.at);
    this.#params[name] = utf8Of(part.slice(blankLine(part))).trim();
    this.#head = rest.slice(next.at);
  }

  /** The file's own part must come next: what follows its blank line is the file. */
  #fileHead(): void {
    const { end } = this.#findDelimiter(this.#head, 0) ?? { end: 0 };
    const match = /^Content-Disposition: (.*?); name="(.*?)"; filename="([^"]+)"/s.exec(
      this.#head.slice(end),
    );
    if (!match) return;
    const [whole, disposition = '', name, filename = ''] = match;
    assertFormData(disposition);
    if (name !== 'filename') {
      throw new BadBody(`wrong field name '${name}' for file upload, expected 'filename' ${AT} 1325.\n`);
    }
    const rest = this.#head.slice(end + whole.length);
    const start = blankLine(rest);
    if (start === 0) return;
    this.#params.filename = utf8Of(filename).trim();
    const algorithm = this.#params['checksum-algorithm'] ?? '';
    if (ALGORITHMS.has(algorithm)) this.#hash = createHash(algorithm);
    this.#phase = 'file';
    this.#head = '';
    this.#file(Buffer.from(rest.slice(start), 'latin1'));
  }

  #file(piece: Buffer): void {
    const bytes = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    const end = bytes.indexOf(this.#close);
    if (end >= 0) {
      this.#keep(bytes.subarray(0, end - lineEndBefore(bytes, end)));
      this.#phase = 'done';
      return;
    }
    const sure = Math.max(0, bytes.length - this.#close.length - 2);
    this.#keep(bytes.subarray(0, sure));
    // A copy: the piece itself is good only until the next one is asked for.
    this.#held = Buffer.from(bytes.subarray(sure));
  }

  #keep(bytes: Buffer): void {
    this.#size += bytes.length;
    this.#hash?.update(bytes);
  }
}

/** Where the text after the first blank line begins; 0 where there is none. */
function blankLine(text: string): number {
  const match = /\r?\n\r?\n/.exec(text);
  return match ? match.index + match[0].length : 0;
}

function lineEndBefore(bytes: Buffer, end: number): number {
  if (bytes[end - 1] !== 10) return 0;
  return bytes[end - 2] === 13 ? 2 : 1;
}

function assertFormData(disposition: string): void {
  if (disposition === 'form-data') return;
  throw new BadBody(`wrong Content-Disposition '${disposition}' in multipart, expected 'form-data'\n`);
}

/** Recorded for parts without a file. */
function failed(): BadBody {
  return new BadBody(`upload failed ${AT} 1370.\n`);
}
