import { randomUUID } from 'node:crypto';
import type { BodyStream } from './wire.ts';

/** A file as a part of a body. */
export interface FilePart {
  /** Its field: `filename` for Proxmox. */
  field: string;
  /** As Proxmox shall call it: without quotes and line breaks. */
  filename: string;
  /** Bytes; `chunks` gives exactly as many. */
  size: number;
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * Fields and then one file as `multipart/form-data`, in the order given: pveproxy reads them in its own order and loses
 * what comes earlier than it should.
 *
 * @param onSent hears how many bytes of the file have been handed over so far
 * @param boundary what keeps the parts apart and stands nowhere in the file
 */
export function multipartBody(
  fields: readonly (readonly [name: string, value: string])[],
  file: FilePart,
  onSent: (bytes: number) => void = () => {},
  boundary = `----proxmox-mcp-${randomUUID()}`,
): BodyStream {
  const head = Buffer.from(
    `${fields.map(([name, value]) => `${partHead(boundary, `name="${name}"`)}\r\n${value}\r\n`).join('')}${partHead(
      boundary,
      `name="${file.field}"; filename="${file.filename}"`,
    )}Content-Type: application/octet-stream\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  let complete = false;

  async function* chunks(): AsyncIterable<Uint8Array> {
    yield head;
    let sent = 0;
    for await (const chunk of file.chunks) {
      sent += chunk.length;
      yield chunk;
      onSent(sent);
    }
    complete = true;
    yield tail;
  }

  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    fields: [...fields, [file.field, file.filename]],
    length: head.length + file.size + tail.length,
    chunks: chunks(),
    get complete() {
      return complete;
    },
  };
}

function partHead(boundary: string, names: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; ${names}\r\n`;
}
