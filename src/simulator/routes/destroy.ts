import type { Call, Handler, Routes } from '../call.ts';
import { drivesOf } from '../world/drives.ts';
import type { Guest, Kind } from '../world/guest.ts';
import { storageIdOf } from '../world/storage.ts';
import type { Work } from '../world/tasks.ts';
import type { World } from '../world/world.ts';
import { freeVolume } from './config-disks.ts';
import { checkLock, guestOf, names, no, nodeOf, rootOnly, startTask, withLock } from './find.ts';

const sidOf = (guest: Guest) => `${guest.kind === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`;

/** The refusals that come at once; the task checks them again (texts recorded on PVE 9.2). */
function check(call: Call, guest: Guest): void {
  const { short } = names[guest.kind];
  if (guest.config.protection) throw no(`can't remove ${short} ${guest.vmid} - protection mode enabled`);
  if (guest.kind === 'lxc') checkLock(guest);
  if (!call.params.purge && call.world.ha.has(sidOf(guest))) {
    throw no(`unable to remove ${short} ${guest.vmid} - used in HA resources and purge parameter not set.`);
  }
  if (!guest.running) return;
  if (guest.kind === 'qemu') throw no(`VM ${guest.vmid} is running - destroy failed`);
  if (!call.params.force) throw no(`unable to destroy CT ${guest.vmid} - container is running`);
}

/** Linked clones hold on to their base: a template with some cannot go. */
function checkBase(world: World, guest: Guest): void {
  for (const { volume } of drivesOf(guest.kind, guest.config)) {
    const storage = world.storages.get(storageIdOf(volume) ?? '');
    const used = storage?.volumes(guest.node).some((one) => one.parent === volume);
    if (used) throw no(`base volume '${volume}' is still in use by linked cloned`);
  }
}

function freeDisks(world: World, guest: Guest): void {
  for (const { volume } of drivesOf(guest.kind, guest.config)) freeVolume(world, guest, volume);
  for (const [key, value] of Object.entries(guest.config)) {
    if (/^unused\d+$|^vmstate$/.test(key)) freeVolume(world, guest, String(value));
  }
  for (const { vmstate } of guest.snapshots) if (vmstate !== undefined) freeVolume(world, guest, vmstate);
}

function forgetAcl(world: World, vmid: number): void {
  for (const { path, type, ugid, roleid } of world.access.acl.entries()) {
    if (path === `/vms/${vmid}`) world.access.acl.revoke(path, type, ugid, roleid);
  }
  world.access.changed();
}

function purge(world: World, guest: Guest, log: (line: string) => void): void {
  const { short } = names[guest.kind];
  log(`purging ${short} ${guest.vmid} from related configurations..`);
  for (const job of world.backupJobs.values()) {
    if (job.vmid === undefined) continue;
    job.vmid = String(job.vmid)
      .split(',')
      .filter((vmid) => vmid !== String(guest.vmid))
      .join(',');
  }
  if (world.ha.delete(sidOf(guest)))
    log(`NOTE: removed ${short} ${guest.vmid} from HA resource configuration.`);
}

function destroy(kind: Kind): Handler {
  return (call) => {
    rootOnly(call, 'skiplock');
    const { world, params } = call;
    const guest = guestOf(call, kind);
    check(call, guest);
    return startTask(call, nodeOf(call), `${names[kind].task}destroy`, guest.vmid, (log) =>
      withLock(world, guest, log, function* (): Work {
        check(call, guest);
        if (!params.skiplock && guest.lock !== 'suspended') checkLock(guest);
        if (guest.template) checkBase(world, guest);
        if (guest.running) {
          log(`forced to stop CT ${guest.vmid} before destroying!`);
          guest.power('stopped', world.now());
        }
        yield 700;
        freeDisks(world, guest);
        forgetAcl(world, guest.vmid);
        if (params.purge) purge(world, guest, log);
        world.removeGuest(guest.vmid);
        return undefined;
      }),
    );
  };
}

export const destroyRoutes: Routes = {
  'DELETE /nodes/{node}/qemu/{vmid}': destroy('qemu'),
  'DELETE /nodes/{node}/lxc/{vmid}': destroy('lxc'),
};
