import { line } from '../../render/untrusted.ts';
import type { ApiSchema } from '../../schema/api-schema.ts';

/** One line where a description is not the server's own, or an old one that could not be read anew; else none. */
export function whence({ source, isStale, note }: ApiSchema): string[] {
  if (source !== 'bundled' && !isStale) return [];
  return [line(note || 'From the description that we ship, not from the server itself.', 200)];
}
