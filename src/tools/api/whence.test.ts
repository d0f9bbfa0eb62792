import { expect, test } from 'vitest';
import type { ApiSchema } from '../../schema/api-schema.ts';
import { whence } from './whence.ts';

const note = "The server's own description, as of 2026-11-22T21:00Z.";

test.each([
  ['read from the server', { source: 'server' }, []],
  ['kept, and still good', { source: 'cache' }, []],
  ['kept, and not to be had anew', { source: 'cache', isStale: true }, [note]],
  ['what we ship', { source: 'bundled' }, [note]],
] as const)('%s', (_, from, told) => {
  expect(whence({ ...from, note } as unknown as ApiSchema)).toEqual(told);
});
