import type { WireResponse } from './wire.ts';

/** What an error says: one line of text, and Proxmox's own word for each parameter it refused. */
export interface Said {
  text: string;
  errors?: Record<string, string>;
}

/** Reads the words of an error, wherever the product puts them. */
export function readError({ body, reason }: WireResponse): Said {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    // Every error of PBS and PDM is plain text, whatever its label says, and so is a body that PVE can't read; the
    // auth layer sends no body at all.
  }
  if (typeof json !== 'object' || json === null) return readPlainError(body, reason);
  const { message, errors } = Object(json) as { message?: unknown; errors?: unknown };
  const said: Said = { text: (typeof message === 'string' && oneLine(message)) || oneLine(reason) };
  const entries = Object.entries(Object(errors)).map(([name, text]) => [name, oneLine(String(text))]);
  if (entries.length > 0) said.errors = Object.fromEntries(entries);
  return said;
}

/**
 * PBS and PDM name refused parameters in the text: `parameter verification failed - 'store': value too short`, or a line
 * for each where there are several.
 */
function readPlainError(body: string, reason: string): Said {
  const said: Said = { text: oneLine(body) || oneLine(reason) };
  const list = /^parameter verification failed(?: - |:\n)([\s\S]*)$/.exec(body.trim())?.[1];
  if (list === undefined) return said;
  const entries = [...list.matchAll(/^(?:- )?'([^'\n]+)': (.*)$/gm)];
  if (entries.length > 0)
    said.errors = Object.fromEntries(entries.map(([, name = '', text = '']) => [name, oneLine(text)]));
  return said;
}

/** A text of Proxmox as one line without control characters, not too long. */
export function oneLine(text: string): string {
  const line = text
    .trim()
    .replace(/\s*\n\s*(?=\))/g, '')
    .replace(/\s*\n\s*/g, '; ')
    .replace(/\p{Cc}+/gu, ' ');
  return line.length > 2000 ? `${line.slice(0, 2000)}…` : line;
}
