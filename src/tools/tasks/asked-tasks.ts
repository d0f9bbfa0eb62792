import { Failure } from '../../failure.ts';
import type { ToolContext } from '../tool.ts';
import { TASK_WORDS, taskTypes } from './task-words.ts';

/** Which guest tasks are about: one that is there, or a VMID of one that is gone. */
export async function askedGuest(
  guest: string,
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<{ vmid: number; home?: string; name: string }> {
  try {
    const { vmid, node, name } = await pve.guests.find(guest, { signal });
    return { vmid, home: node, name: name === undefined ? String(vmid) : `${vmid} ${name}` };
  } catch (error) {
    const gone = error instanceof Failure && error.code === 'not_found' && /^\s*\d{3,9}\s*$/.test(guest);
    if (!gone) throw error;
    const vmid = Number(guest);
    return { vmid, name: `${vmid} (no guest of that VMID now)` };
  }
}

/** The types that were asked for. @throws Failure `invalid_argument` for what looks like no type at all */
export function askedTypes(type: string): readonly string[] {
  const { types, known } = taskTypes(type);
  if (known || /^[a-zA-Z][a-zA-Z0-9_-]{1,40}$/.test(type.trim())) return types;
  throw new Failure(
    'invalid_argument',
    `There is no task type ${JSON.stringify(type.slice(0, 40))}.`,
    `Give a type of Proxmox (vzdump, qmstart, …) or one of: ${TASK_WORDS.join(', ')}.`,
  );
}

/** A node that is in the cluster. @throws Failure `not_found`, with those that are */
export async function askedNode(
  node: string,
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<string> {
  const { nodes } = await pve.resources.whereabouts({ signal });
  const wanted = node.trim();
  const found = [...nodes.keys()].find((name) => name.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  throw new Failure(
    'not_found',
    `There is no node ${JSON.stringify(wanted.slice(0, 60))}.`,
    `The nodes are: ${[...nodes.keys()].sort().join(', ')}.`,
  );
}
