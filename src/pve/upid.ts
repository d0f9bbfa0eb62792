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
}

const UPID =
  /^UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/;

/** Reads a task id of Proxmox VE; `undefined` for anything else. */
export function readUpid(text: unknown): Upid | undefined {
  const match = typeof text === 'string' ? UPID.exec(text) : null;
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

/** Reads a task id of Proxmox VE, or throws `invalid_argument`. */
export function parseUpid(text: string): Upid {
  const upid = readUpid(text);
  if (upid) return upid;
  throw new Failure(
    'invalid_argument',
    `Not a task id: ${text.slice(0, 120)}`,
    'A task id (UPID) looks like UPID:pve1:000003A8:00050340:6B031970:qmstart:100:root@pam: with its last colon.',
  );
}
