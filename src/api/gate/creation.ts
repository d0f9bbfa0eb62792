import { wordsOf } from '../../schema/path-pattern.ts';
import type { Read } from '../change.ts';
import { path } from '../path.ts';
import { type Call, textOf } from './call.ts';
import { attachedOwners } from './volumes.ts';

/** A guest that a call makes, as far as the call tells. */
export interface Creation {
  vmid: number;
  type: 'qemu' | 'lxc';
  /** Where it will stand; empty where only the server knows. */
  node: string;
  name: string | undefined;
  tags: readonly string[];
  pool: string | undefined;
  /** What it takes its other tags from: the guest that is cloned, or the archive. */
  from?: { node: string; type: 'qemu' | 'lxc'; vmid: string } | { node: string; archive: string };
  /** Whether it takes over disks that were there before: these go with it when it is deleted. */
  adopts: boolean;
}

/**
 * The new guest that a call makes, undefined for any other call. Proxmox refuses each of these, before it begins a task,
 * where the VMID is taken (`already exists`): so whoever gets a task has made the guest. With `force` that is not so.
 */
export function creationIn({ verb, path: whole, params }: Call): Creation | undefined {
  const words = wordsOf(whole);
  const [area, node = '', type, source = '', what] = words;
  if (verb !== 'POST' || area !== 'nodes' || (type !== 'qemu' && type !== 'lxc')) return undefined;
  const isClone = words.length === 5 && what === 'clone';
  if (!isClone && words.length !== 3) return undefined;
  const vmid = textOf(isClone ? params.newid : params.vmid);
  if (!/^[1-9]\d{2,8}$/.test(vmid) || !['', '0'].includes(textOf(params.force))) return undefined;
  const word = (name: string) => textOf(params[name]) || undefined;
  const archive = word('archive') ?? (type === 'lxc' && word('restore') ? word('ostemplate') : undefined);
  const place = (isClone && word('target')) || node;
  return {
    ...{ vmid: Number(vmid), type, node: place === 'localhost' ? '' : place },
    name: word('name') ?? word('hostname'),
    tags: tagsIn(textOf(params.tags)),
    pool: word('pool'),
    ...(isClone && { from: { node, type, vmid: source } }),
    ...(!isClone && archive !== undefined && { from: { node, archive } }),
    adopts: attachedOwners(params).length > 0,
  };
}

/** All tags of a guest that is made so; undefined where they can't be known. */
export async function tagsOf({ tags, from }: Creation, read: Read): Promise<readonly string[] | undefined> {
  if (from === undefined) return tags;
  try {
    if ('archive' in from) {
      const { data } = await read(path`/nodes/${from.node}/vzdump/extractconfig`, { volume: from.archive });
      if (typeof data !== 'string') return undefined;
      return [...tags, ...tagsIn(/^tags:\s*(.*)$/m.exec(data)?.[1] ?? '')];
    }
    const { data } = await read(path`/nodes/${from.node}/${from.type}/${from.vmid}/config`, {});
    return [...tags, ...tagsIn(String(Object(data).tags ?? ''))];
  } catch {
    return undefined;
  }
}

function tagsIn(text: string): string[] {
  return text.split(/[;,\s]+/).filter((tag) => tag !== '');
}
