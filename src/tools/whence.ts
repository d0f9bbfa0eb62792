import { line } from '../render/untrusted.ts';
import type { ApiSchema } from '../schema/api-schema.ts';

/** One line where a description is not the server's own words of this moment; else none. */
export function whence({ source, note }: ApiSchema): string[] {
  if (source === 'server') return [];
  return [line(note || 'From the description that we ship, not from the server itself.', 200)];
}
