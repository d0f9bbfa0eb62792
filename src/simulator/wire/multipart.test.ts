import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { readParts } from './multipart.ts';

const field = (name: string, value: string) =>
  `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (content: string, name = 'x.iso') =>
  `--B\r\nContent-Disposition: form-data; name="filename"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n${content}\r\n--B--\r\n`;

async function* pieces(text: string, size: number) {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const read = (text: string, size = 1_000_000) => readParts(pieces(text, size), 'B');

const sha256 = (text: string) => createHash('sha256').update(text, 'latin1').digest('hex');

test.each([1, 2, 3, 7, 64, 100_000])('reads the parts in pieces of %i bytes', async (size) => {
  const content = `line\r\n--B\r\nnot the end\r\n--B-\r\n${'é\0\n'.repeat(300)}`;
  const text = `preamble\r\n${field('content', 'iso')}${field('checksum-algorithm', 'sha256')}${field('checksum', 'abc')}${file(content)}`;
  expect(await read(text, size)).toEqual({
    params: { content: 'iso', 'checksum-algorithm': 'sha256', checksum: 'abc', filename: 'x.iso' },
    size: content.length,
    checksum: sha256(content),
  });
});

test('a file that ends with a line end keeps it', async () => {
  expect(await read(field('content', 'iso') + file('abc\r\n'))).toMatchObject({ size: 5 });
});

test('an empty file is a file', async () => {
  expect(await read(field('content', 'iso') + file(''))).toMatchObject({
    size: 0,
    params: { filename: 'x.iso' },
  });
});

test('fields out of their order are lost, as they are to Proxmox', async () => {
  const text =
    field('checksum', 'abc') + field('checksum-algorithm', 'md5') + field('content', 'iso') + file('x');
  expect(await read(text)).toMatchObject({ params: { content: 'iso', filename: 'x.iso' } });
});

test.each([
  ['no file', `${field('content', 'iso')}--B--\r\n`, /^upload failed at .* line 1370\.\n$/],
  ['no end', (field('content', 'iso') + file('x')).slice(0, -6), /^upload failed/],
  ['no parts', 'just text', /^upload failed/],
  [
    'a file in another field',
    field('content', 'iso') + file('x').replace('name="filename"', 'name="file"'),
    /^wrong field name 'file' for file upload, expected 'filename' at /,
  ],
  [
    'another disposition',
    field('content', 'iso').replace('form-data', 'attachment') + file('x'),
    /^wrong Content-Disposition 'attachment' in multipart, expected 'form-data'\n$/,
  ],
  ['a head without end', `--B\r\n${'x'.repeat(300_000)}`, /^upload failed/],
])('%s is refused', async (_, text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});
