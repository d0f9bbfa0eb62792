/** The parts of a Proxmox VE task id: `UPID:node:pid:pstart:starttime:type:id:user@realm!token:` (numbers in hex). */
export interface Upid {
  node: string;
  pid: number;
  pstart: number;
  /** Seconds since 1970. */
  starttime: number;
  type: string;
  id: string;
  /** `user@realm` or `user@realm!token`. */
  authid: string;
}

const pattern =
  /^UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/;

const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');

/** Writes a task id as Proxmox does. */
export function writeUpid(parts: Upid): string {
  const { node, pid, pstart, starttime, type, id, authid } = parts;
  return `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(starttime)}:${type}:${id}:${authid}:`;
}

/** Reads a task id, or `undefined` where it is none. */
export function readUpid(upid: string): Upid | undefined {
  const match = pattern.exec(upid);
  if (!match) return undefined;
  const [, node = '', pid = '', pstart = '', starttime = '', type = '', id = '', authid = ''] = match;
  return {
    node,
    pid: Number.parseInt(pid, 16),
    pstart: Number.parseInt(pstart, 16),
    starttime: Number.parseInt(starttime, 16),
    type,
    id,
    authid,
  };
}
