import { randomBytes } from 'node:crypto';

/** The kinds of frames (RFC 6455). */
export const opcodes = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One frame as it came. */
export interface Frame {
  opcode: number;
  /** Whether the message ends with it. */
  last: boolean;
  payload: Buffer;
}

/** A frame as a client sends it: whole and masked. */
export function writeFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const extra = length <= 125 ? 0 : length <= 0xffff ? 2 : 8;
  const frame = Buffer.allocUnsafe(2 + extra + 4 + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) frame.writeUInt16BE(length, 2);
  if (extra === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  const mask = randomBytes(4);
  const start = 2 + extra + 4;
  mask.copy(frame, start - 4);
  for (let i = 0; i < length; i++) frame[start + i] = (payload[i] as number) ^ (mask[i & 3] as number);
  return frame;
}

/** Cuts what a server sends into frames. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);
  readonly #largest: number;

  /** @param largest the largest frame to hold in memory, in bytes */
  constructor(largest: number) {
    this.#largest = largest;
  }

  /** Whether the last frame has come only in part. */
  get isMidway(): boolean {
    return this.#pending.length > 0;
  }

  /** The frames that are whole now. Throws a plain Error for what is no frame of a server. */
  push(chunk: Buffer): Frame[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    const bytes = this.#pending;
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return undefined;
    if ((first & 0x70) !== 0) throw new Error('a frame with reserved bits');
    if ((second & 0x80) !== 0) throw new Error('a masked frame');
    const short = second & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < start) return undefined;
    const length =
      short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (length > this.#largest) throw new Error(`a frame of ${length} bytes`);
    if (bytes.length < start + length) return undefined;
    this.#pending = bytes.subarray(start + length);
    return {
      opcode: first & 0x0f,
      last: (first & 0x80) !== 0,
      payload: bytes.subarray(start, start + length),
    };
  }
}
