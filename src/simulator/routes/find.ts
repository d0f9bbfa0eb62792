import { ApiError, type Call, type Principal } from '../call.ts';
import type { Guest, Kind } from '../world/guest.ts';
import type { SimNode } from '../world/node.ts';
import type { Log, Task, TaskOwner, Work } from '../world/tasks.ts';
import type { World } from '../world/world.ts';

/** Proxmox's plain "no": nearly every failure is a 500 with its text as the reason (recorded on PVE 9.2). */
export function no(text: string): ApiError {
  return new ApiError(500, text);
}

/** The 403 of a missing privilege (recorded on PVE 9.2); alternatives are joined with `|`. */
export function forbidden(path: string, privileges: string): ApiError {
  return new ApiError(403, `Permission check failed (${path}, ${privileges})`);
}

/** Throws the 403 unless the caller holds every one of these privileges. */
export function demand(principal: Principal, path: string, ...privileges: string[]): void {
  for (const privilege of privileges) if (!principal.may(path, privilege)) throw forbidden(path, privilege);
}

/** The node a call runs on. Routing has already refused a node that is not there or not online. */
export function nodeOf({ world, params }: Call): SimNode {
  const node = world.nodes.get(String(params.node));
  if (!node) throw no(`no such cluster node '${params.node}'`);
  return node;
}

/** What the guest kinds are called in paths, texts and task types. */
export const names = {
  qemu: { folder: 'qemu-server', short: 'VM', task: 'qm' },
  lxc: { folder: 'lxc', short: 'CT', task: 'vz' },
} as const;

/** A guest by kind, node and VMID; its config file lies on its node, so another node does not find it. */
export function loadGuest(world: World, kind: Kind, node: string, vmid: number): Guest {
  const guest = world.guests.get(vmid);
  if (guest && guest.kind === kind && guest.node === node) return guest;
  throw no(`Configuration file 'nodes/${node}/${names[kind].folder}/${vmid}.conf' does not exist`);
}

/** The guest that the call's path names. */
export function guestOf({ world, params }: Call, kind: Kind): Guest {
  return loadGuest(world, kind, String(params.node), Number(params.vmid));
}

/** Refuses what may not be done while another operation has the guest locked. */
export function checkLock(guest: Guest): void {
  if (guest.lock !== undefined) throw no(`${names[guest.kind].short} is locked (${guest.lock})`);
}

/** Options that only root@pam's own login may use are refused as bad parameters. */
export function rootOnly({ params, principal }: Call, ...options: string[]): void {
  for (const option of options) {
    if (params[option] === undefined || params[option] === 0 || principal.isRoot) continue;
    throw new ApiError(400, 'Parameter verification failed.', { [option]: 'Only root may use this option.' });
  }
}

/** Starts a task on a node in the caller's name and returns its UPID. */
export function startTask(
  { world, principal }: Call,
  node: SimNode,
  type: string,
  id: string | number,
  work: (log: Log, task: Task) => Work,
): string {
  const owner: TaskOwner = { userid: principal.userid, tokenid: principal.tokenid, authid: principal.authid };
  return world.tasks.start(node, owner, type, id, work);
}

const lockFile = (guest: Guest) =>
  guest.kind === 'qemu'
    ? `/var/lock/qemu-server/lock-${guest.vmid}.conf`
    : `/run/lock/lxc/pve-config-${guest.vmid}.lock`;

/** Works on a guest while holding its config's lock file; waits for it up to 10 seconds, as Proxmox does. */
export function* withLock(world: World, guest: Guest, log: Log, body: () => Work): Work {
  const deadline = world.now() + 10_000;
  const waited = guest.held;
  if (waited) log('trying to acquire lock...');
  while (guest.held) {
    if (world.now() >= deadline) throw no(`can't lock file '${lockFile(guest)}' - got timeout`);
    yield 500;
  }
  if (waited) log(' OK');
  guest.held = true;
  try {
    return yield* body();
  } finally {
    guest.held = false;
  }
}

/** The same wait for a call that answers at once. */
export async function waitForLock(world: World, guest: Guest): Promise<void> {
  const deadline = world.now() + 10_000;
  while (guest.held) {
    if (world.now() >= deadline) throw no(`can't lock file '${lockFile(guest)}' - got timeout`);
    await world.clock.sleep(500);
    world.settle();
  }
}
