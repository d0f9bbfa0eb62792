import * as z from 'zod';
import { Failure } from '../../failure.ts';
import { MAX_WRITTEN } from '../../pve/agent.ts';
import type { Guest } from '../../pve/guests.ts';
import { bytes } from '../../render/units.ts';
import { cap, clean, fence, line } from '../../render/untrusted.ts';
import { guest, wholeNumber, words } from '../arguments.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { agentGuest } from './agent-guest.ts';

const SHOWN = 8_000;
const LARGEST = 16 * 1024 ** 2;

const content = (name: string) => z.string({ error: `${name} must be text` }).optional();

export const guestFiles = defineTool({
  name: 'guest_files',
  title: 'Read or write a file in a VM',
  toolset: 'agent',
  effect: 'danger',
  alsoReads: true,
  needs: ['GET /nodes/*/qemu/*/agent/file-read'],
  description: 'Read, write or edit a small text file inside a VM through the QEMU guest agent.',
  input: z.strictObject({
    guest: guest(),
    path: words('path'),
    content: content('content').describe('writes all of it'),
    old: content('old').describe('edits: this text …'),
    new: content('new').describe('… becomes this'),
    offset: wholeNumber('offset', 0, 999_999_999).default(0).describe('bytes'),
    limit: wholeNumber('limit', 1, 40_000).default(SHOWN).describe('bytes'),
  }),
  output: z.object({
    vmid: z.number(),
    path: z.string(),
    action: z.enum(['read', 'written', 'edited', 'unchanged']),
    bytes: z.number(),
    content: z.string().optional(),
    more: z.boolean().optional(),
  }),
  example: { guest: '100', path: '/etc/hostname' },
  async run({ guest, path: file, content, old, new: text, offset, limit }, context) {
    if (content !== undefined && (old !== undefined || text !== undefined))
      throw new Failure(
        'invalid_argument',
        'content writes a whole file, old and new edit one.',
        'Give one or the other.',
      );
    if ((old === undefined) !== (text === undefined) || old === '')
      throw new Failure(
        'invalid_argument',
        'An edit needs both old and new, and old must not be empty.',
        'Read the file first.',
      );
    const found = await agentGuest(guest, context);
    if (content !== undefined) return write(found, file, content, 'written', context);
    if (old !== undefined && text !== undefined) return edit(found, file, old, text, context);
    const read = await context.pve.agent.read(found, { file, offset, count: limit }, context);
    const shown = readable(read.bytes, file);
    const size = read.bytes.length;
    const rest = read.truncated ? ` There is more: offset=${offset + size}.` : '';
    return {
      text: [
        line(`${found.vmid} ${file}: ${size} bytes from ${offset} on.${rest}`),
        fence(`${file} of ${found.vmid}`, clean(shown)),
      ].join('\n'),
      data: {
        ...{
          vmid: found.vmid,
          path: line(file),
          action: 'read' as const,
          bytes: size,
          content: clean(shown),
        },
        ...(read.truncated && { more: true }),
      },
    };
  },
});

async function edit(found: Guest, file: string, old: string, text: string, context: ToolContext) {
  const { bytes: whole, truncated } = await context.pve.agent.read(found, { file, count: LARGEST }, context);
  const before = readable(whole, file);
  const count = before.split(old).length - 1;
  if (truncated || count !== 1)
    throw new Failure(
      'wrong_state',
      count === 0 ? `${file} does not have that text.` : `${file} has that text ${count} times.`,
      count === 0
        ? 'Read it first and give old exactly as it stands there.'
        : 'Give more of what stands around it.',
    );
  const after = before.replace(old, () => text);
  if (after === before)
    return {
      text: line(`${found.vmid} ${file}: nothing to change.`),
      data: { vmid: found.vmid, path: line(file), action: 'unchanged' as const, bytes: whole.length },
    };
  return write(found, file, after, 'edited', context);
}

async function write(
  found: Guest,
  file: string,
  content: string,
  action: 'written' | 'edited',
  context: ToolContext,
) {
  const size = Buffer.byteLength(content);
  if (size > MAX_WRITTEN)
    throw new Failure(
      'invalid_argument',
      `That is ${bytes(size)}, and the agent takes ${bytes(MAX_WRITTEN)} at a time.`,
      'Fetch it from inside the guest with run_in_guest, or append in parts there.',
    );
  await context.pve.agent.write(found, { file, content }, context);
  return {
    text: line(`${found.vmid} ${file}: ${action}, ${size} bytes.`),
    data: { vmid: found.vmid, path: line(file), action, bytes: size },
  };
}

/** @throws Failure `wrong_state` for what is no text */
function readable(content: Uint8Array, file: string): string {
  // A read may end in the middle of a character.
  const text = new TextDecoder().decode(content).replace(/\ufffd{1,3}$/, '');
  if (!text.includes('\0') && !text.slice(0, 1_000).includes('\ufffd')) return text;
  throw new Failure(
    'wrong_state',
    `${cap(file, 200)} is no text: ${content.length} bytes were read.`,
    'Look at it with run_in_guest, for example: file, strings, xxd.',
  );
}
