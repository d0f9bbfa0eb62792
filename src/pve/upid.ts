import { type Product, type ProductName, products } from '../api/products.ts';
import { Failure } from '../failure.ts';

/** What a task id says: `UPID:node:pid:pstart:starttime:type:id:user:`, nine fields with the empty last one. */
export interface Upid {
  upid: string;
  /** Where the task runs, which need not be the node that was asked. */
  node: string;
  pid: number;
  /** Seconds since 1970. */
  starttime: number;
  /** `qmstart`, `vzdump`, … */
  type: string;
  /** What it is about: a VMID, a storage; often nothing. */
  id: string;
  /** `user@realm` or `user@realm!token`. */
  user: string;
  /** For a task that a Datacenter Manager sees on one of its remotes. */
  remote?: { product: 'pve' | 'pbs'; name: string };
}

const node = '([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)';
const worker = '([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9})';
const rest = '([0-9A-Fa-f]{8}):([^:\\s]+):([^:\\s]*):([^:\\s]+):';
/** PVE and PMG. */
const NINE = new RegExp(`^UPID:${node}:${worker}:${rest}$`);
/** PBS, and PDM itself: a task number before the start, since one process runs many tasks. */
const TEN = new RegExp(`^UPID:${node}:${worker}:[0-9A-Fa-f]{8,16}:${rest}$`);
/** PDM for a task of a remote; older ones leave the kind of the remote out. */
const REMOTE = /^(?:(pve|pbs):)?([A-Za-z0-9_][A-Za-z0-9._-]*)!(UPID:\S+)$/;

/** Reads a task id of Proxmox VE, or of another product; `undefined` for anything else. */
export function readUpid(text: unknown, product: Product = products.pve): Upid | undefined {
  if (typeof text !== 'string') return undefined;
  if (product.upid === 'perl') return readFields(NINE, text);
  const own = readFields(TEN, text);
  if (own !== undefined) return { ...own, id: unescaped(own.id) };
  return product.upid === 'remote' ? readRemote(text) : undefined;
}

function readFields(grammar: RegExp, text: string): Upid | undefined {
  const match = grammar.exec(text);
  if (!match) return undefined;
  const [upid, node = '', pid = '', , starttime = '', type = '', id = '', user = ''] = match;
  return {
    upid,
    node,
    pid: Number.parseInt(pid, 16),
    starttime: Number.parseInt(starttime, 16),
    type,
    id,
    user,
  };
}

function readRemote(text: string): Upid | undefined {
  const [, kind, name = '', inner = ''] = REMOTE.exec(text) ?? [];
  const ofPve = kind === 'pbs' ? undefined : readUpid(inner, products.pve);
  const ofPbs = kind === 'pve' ? undefined : readUpid(inner, products.pbs);
  const found = ofPve ?? ofPbs;
  if (found === undefined) return undefined;
  return { ...found, upid: text, remote: { product: ofPve ? 'pve' : 'pbs', name } };
}

/** Rust escapes ids as systemd does: `\x3a` for a colon, `-` for a slash. */
function unescaped(id: string): string {
  return id
    .replaceAll('-', '/')
    .replace(/(?:\\x[0-9a-fA-F]{2})+/g, (bytes) =>
      Buffer.from(bytes.replaceAll('\\x', ''), 'hex').toString(),
    );
}

const LOOKS: Record<ProductName, string> = {
  pve: 'UPID:pve1:000003A8:00050340:6B031970:qmstart:100:root@pam:',
  pmg: 'UPID:mail:000003A8:00050340:6B031970:srvrestart:postfix:root@pam:',
  pbs: 'UPID:backup:000003A8:00050340:0000000A:6B031970:verify:store:root@pam:',
  pdm: 'pve:remote!UPID:pve1:000003A8:00050340:6B031970:qmstart:100:root@pam:',
};

/**
 * Reads a task id of Proxmox VE, or of another product.
 *
 * @throws Failure `invalid_argument`, which says so when it is one of another product
 */
export function parseUpid(text: string, product: Product = products.pve): Upid {
  const upid = readUpid(text, product);
  if (upid) return upid;
  const other = Object.values(products).find((one) => readUpid(text, one) !== undefined);
  throw new Failure(
    'invalid_argument',
    other === undefined
      ? `Not a task id: ${String(text).slice(0, 120)}`
      : `This is a task id of ${other.title}, not of ${product.title}: ${text.slice(0, 120)}`,
    other === undefined
      ? `A task id (UPID) looks like ${LOOKS[product.name]} with its last colon.`
      : `Ask the server that the task runs on, with a client for it (product: '${other.name}').`,
  );
}
