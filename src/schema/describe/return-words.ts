import { type BeginsTask, beginsTask } from '../begins-task.ts';
import type { Method } from '../method.ts';
import { oneLine } from './prose.ts';

const MOST_KEYS = 9;
/** Of the keys that may be missing, those that say what an entry is. */
const TELLING = new Set([
  'id',
  'name',
  'node',
  'size',
  'state',
  'status',
  'storage',
  'type',
  'vmid',
  'volid',
]);
const TASK: Record<NonNullable<BeginsTask>, string> = {
  always: 'UPID of a task; proxmox_api_call waits for it',
  sometimes: 'UPID of a task, which proxmox_api_call waits for, or null',
};

interface Shape {
  type?: unknown;
  items?: unknown;
  properties?: unknown;
  links?: unknown;
  optional?: unknown;
}

/** What a call answers, in one short line: `list of {vmid, name, status, …}`. */
export function returnWords(method: Method): string {
  const task = beginsTask(method);
  if (task !== undefined) return TASK[task];
  if (method.download) return 'a file';
  return shapeWords((method.returns ?? {}) as Shape);
}

function shapeWords(shape: Shape): string {
  switch (shape.type) {
    case 'null':
      return 'null';
    case 'string':
      return 'text';
    case 'array':
      return `list of ${itemWords((shape.items ?? {}) as Shape, keyOfLinks(shape.links))}`;
    case 'integer':
    case 'number':
    case 'boolean':
      return shape.type;
    default:
      if (isTable(shape.properties)) return keysWords(shape.properties);
      return shape.type === 'object' ? 'object' : 'not described';
  }
}

function itemWords(items: Shape, first: string | undefined): string {
  if (isTable(items.properties)) return keysWords(items.properties, first);
  if (items.type === undefined || items.type === 'object')
    return first === undefined ? 'objects' : `{${first}, …}`;
  return items.type === 'string' ? 'texts' : shapeWords(items);
}

/** Keys that are always there come first, and before them the one that leads to an entry's own path. */
function keysWords(properties: Record<string, unknown>, first?: string): string {
  const keys = Object.keys(properties).map((key) => ({
    key: oneLine(key),
    rank: key === first ? 0 : !(properties[key] as Shape | null)?.optional ? 1 : TELLING.has(key) ? 2 : 3,
  }));
  keys.sort((a, b) => a.rank - b.rank);
  if (keys.length === 0) return 'object';
  const shown = keys.slice(0, MOST_KEYS).map(({ key }) => key);
  return `{${shown.join(', ')}${keys.length > shown.length ? `, … ${keys.length} keys` : ''}}`;
}

/** `{vmid}` in `"links": [{"href": "{vmid}"}]`. */
function keyOfLinks(links: unknown): string | undefined {
  const [link] = Array.isArray(links) ? (links as { href?: unknown }[]) : [];
  return /^\{(\w+)\}$/.exec(String(link?.href))?.[1];
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
