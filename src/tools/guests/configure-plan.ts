import { Failure } from '../../failure.ts';
import { disksIn, sizeInBytes } from '../../pve/guest-facts.ts';
import { type Row, text } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';

/** What is wanted of a guest's configuration, as it was given. */
export interface Wanted {
  cores?: number | undefined;
  memory?: number | undefined;
  grow?: string | undefined;
  move?: string | undefined;
  net?: Record<string, unknown> | undefined;
  tags?: string | undefined;
  name?: string | undefined;
  notes?: string | undefined;
  set?: Record<string, unknown> | undefined;
  delete?: string | undefined;
}

/** The changes that come of it: keys to set, keys to delete, disks to grow and to move. What is so already is left out. */
export interface ConfigPlan {
  set: Record<string, string>;
  unset: string[];
  grow: { disk: string; size: string }[];
  move: { disk: string; storage: string }[];
}

/**
 * Works out what to change of a configuration as it stands.
 *
 * @throws Failure `invalid_argument` for what can't be: a disk that is not there, one that would shrink
 */
export function configPlan(type: 'qemu' | 'lxc', config: Row, wanted: Wanted): ConfigPlan {
  const set: Record<string, string> = {};
  for (const [key, value] of Object.entries(wanted.set ?? {}))
    set[key] = value === true ? '1' : value === false ? '0' : String(value);
  if (wanted.cores !== undefined) set.cores = String(wanted.cores);
  if (wanted.memory !== undefined) set.memory = String(wanted.memory);
  if (wanted.name !== undefined) set[type === 'qemu' ? 'name' : 'hostname'] = wanted.name;
  if (wanted.notes !== undefined) set.description = wanted.notes;
  if (wanted.tags !== undefined) set.tags = newTags(text(config.tags) ?? '', wanted.tags);
  for (const [key, value] of Object.entries(wanted.net ?? {}))
    set[key] = newNic(type, key, text(config[key]), value);
  const unset = (wanted.delete ?? '').split(/[,;\s]+/).filter((key) => key !== '' && key in config);
  for (const [key, value] of Object.entries(set)) {
    // Notes are kept with a line end that Proxmox adds.
    const now = text(config[key]) ?? '';
    if (value === now || (key === 'description' && value.trim() === now.trim())) delete set[key];
    else if (value === '') {
      delete set[key];
      if (key in config) unset.push(key);
    }
  }
  return { set, unset, grow: grown(config, wanted.grow), move: moved(config, wanted.move) };
}

/** `a,b` are the tags from now on; `+a,-b` adds and removes. */
function newTags(now: string, asked: string): string {
  const parts = asked.split(/[,;\s]+/).filter((tag) => tag !== '');
  const is = new Set(now.split(/[;,\s]+/).filter((tag) => tag !== ''));
  if (parts.some((tag) => !/^[+-]/.test(tag))) {
    if (parts.some((tag) => /^[+-]/.test(tag)))
      throw new Failure(
        'invalid_argument',
        'tags mixes both ways.',
        'Give all tags (a,b), or changes (+a,-b).',
      );
    return parts.sort().join(';');
  }
  for (const part of parts) {
    if (part.startsWith('+')) is.add(part.slice(1));
    else is.delete(part.slice(1));
  }
  return [...is].sort().join(';');
}

/** The card as it is, with what is given changed; an empty value takes a property away. So it keeps its MAC address. */
function newNic(type: 'qemu' | 'lxc', key: string, now: string | undefined, value: unknown): string {
  const asked = typeof value === 'object' && value !== null ? value : properties(String(value));
  const merged = { ...properties(now ?? ''), ...asked } as Record<string, unknown>;
  if (now === undefined) {
    if (type === 'qemu' && !Object.keys(merged).some((name) => NIC_MODEL.test(name)))
      merged.model ??= 'virtio';
    if (type === 'lxc') merged.name ??= key.replace('net', 'eth');
  }
  return Object.entries(merged)
    .filter(([, each]) => each !== '' && each !== null)
    .map(([name, each]) => `${name}=${each === true ? 1 : each === false ? 0 : each}`)
    .join(',');
}

const NIC_MODEL = /^(?:virtio|e1000e?|rtl8139|vmxnet3|model)$/;

function properties(value: string): Record<string, string> {
  const parts = value.split(',').filter((part) => part !== '');
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [part, '1'] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    }),
  );
}

function pairs(name: string, value: string | undefined): [string, string][] {
  return (value ?? '')
    .split(/[,;]+/)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [, disk, what] = /^\s*([a-z]+\d*)\s*[=:]\s*(\S+)\s*$/.exec(part) ?? [];
      if (disk !== undefined && what !== undefined) return [disk, what];
      const example = name === 'grow' ? 'scsi0=+20G' : 'scsi0=local-lvm';
      throw new Failure(
        'invalid_argument',
        `${name}: ${line(part, 60)} is no disk=value.`,
        `Such as ${example}.`,
      );
    });
}

function grown(config: Row, asked: string | undefined): ConfigPlan['grow'] {
  return pairs('grow', asked).flatMap(([disk, given]) => {
    const found = diskOf(config, disk);
    const size = given.toUpperCase().replace(/(?<=[KMGT])I?B$/, '');
    const bytes = sizeInBytes(size.replace(/^\+/, ''));
    if (bytes === undefined || bytes === 0 || !/[KMGT]$/.test(size))
      throw new Failure(
        'invalid_argument',
        `grow: ${line(given, 40)} is no size.`,
        'Such as +20G (more) or 64G (in all).',
      );
    const now = sizeInBytes(found.size ?? '');
    if (size.startsWith('+') || now === undefined) return [{ disk, size }];
    if (bytes < now)
      throw new Failure(
        'invalid_argument',
        `${disk} has ${found.size}, and a disk can't be made smaller: Proxmox refuses it, since the end of the file system would be cut off.`,
        'For less, make a smaller disk, copy the data inside the guest, and delete the old one. Nothing was changed.',
      );
    return bytes === now ? [] : [{ disk, size }];
  });
}

function moved(config: Row, asked: string | undefined): ConfigPlan['move'] {
  return pairs('move', asked).flatMap(([disk, storage]) =>
    diskOf(config, disk).volume.startsWith(`${storage}:`) ? [] : [{ disk, storage }],
  );
}

function diskOf(config: Row, key: string) {
  const disks = disksIn(config);
  const found = disks.find((disk) => disk.key === key);
  if (found !== undefined) return found;
  const all = disks.map((disk) => `${disk.key} (${disk.size ?? 'not in use'})`).join(', ');
  throw new Failure('invalid_argument', `It has no disk ${line(key, 30)}.`, `It has: ${all || 'no disk'}.`);
}
