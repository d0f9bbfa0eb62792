import { pveCatalog } from '../../schema/pve-catalog.ts';
import type { Call, Routes } from '../call.ts';
import { isDriveKey, readDrive } from '../world/drives.ts';
import type { Guest } from '../world/guest.ts';
import type { Work } from '../world/tasks.ts';
import { type Change, notOptions, readChange } from './config-change.ts';
import { checkDisks, freeVolume, keepUnused, makeDisk } from './config-disks.ts';
import { bridgeRights, lxcRights, qemuDeviceRights, qemuRights } from './config-rights.ts';
import { checkLock, guestOf, no, nodeOf, rootOnly, startTask, waitForLock, withLock } from './find.ts';
import { hotplugs } from './hotplug.ts';

function removeKey(call: Call, guest: Guest, key: string): void {
  const { world } = call;
  const waiting = guest.pending.get(key);
  const value = guest.config[key] ?? waiting;
  if (value === undefined || value === null) return;
  const text = String(value);
  if (guest.kind === 'qemu') qemuDeviceRights({ call, vmid: guest.vmid }, { [key]: text }, 'delete');
  guest.pending.delete(key);
  const order = /^order=(.*)$/.exec(String(guest.config.boot ?? ''))?.[1]?.split(';');
  if (guest.kind === 'qemu' && order?.includes(key)) {
    apply(call, guest, 'boot', `order=${order.filter((one) => one !== key).join(';')}`);
  }
  if (/^unused\d+$/.test(key)) {
    if (guest.config.protection) throw no(`can't remove unused disk '${text}' - protection mode enabled`);
    freeVolume(world, guest, text);
    guest.set({ [key]: undefined });
    return;
  }
  if (isDriveKey(guest.kind, key) && guest.config.protection) {
    const what = guest.kind === 'qemu' ? `drive '${key}'` : `CT ${guest.vmid} drive '${key}'`;
    throw no(`can't remove ${what} - protection mode enabled`);
  }
  if (guest.config[key] === undefined) {
    if (isDriveKey(guest.kind, key)) keepUnused(world, guest, text);
    guest.touch();
    return;
  }
  if (guest.running && !hotplugs(guest, key, undefined)) guest.pending.set(key, null);
  else {
    guest.set({ [key]: undefined });
    if (isDriveKey(guest.kind, key)) keepUnused(world, guest, text);
  }
  guest.touch();
}

/** Sets a key now, or later where the running guest cannot take it; setting the value it has cancels what waits. */
function apply(call: Call, guest: Guest, key: string, value: string | number): void {
  const old = guest.config[key];
  guest.pending.delete(key);
  if (old !== value) {
    if (guest.running && !hotplugs(guest, key, String(value))) guest.pending.set(key, value);
    else {
      guest.set({ [key]: value });
      const replaced = old !== undefined && isDriveKey(guest.kind, key) ? String(old) : undefined;
      const volumeOf = (text: string) => readDrive(guest.kind, key, text).volume;
      if (replaced !== undefined && volumeOf(replaced) !== volumeOf(String(value)))
        keepUnused(call.world, guest, replaced);
    }
  }
  guest.touch();
}

function setKey(
  call: Call,
  guest: Guest,
  key: string,
  value: string | number,
  log: (line: string) => void,
): void {
  const { world } = call;
  if (!isDriveKey(guest.kind, key)) {
    apply(call, guest, key, value);
    return;
  }
  if (guest.kind === 'qemu') {
    const old = guest.config[key];
    qemuDeviceRights({ call, vmid: guest.vmid }, { ...(old === undefined ? {} : { [key]: old }) }, 'modify');
  }
  const drive = readDrive(guest.kind, key, String(value));
  const same = readDrive(guest.kind, key, String(guest.config[key] ?? '')).volume === drive.volume;
  apply(call, guest, key, same && drive.size > 0 ? value : makeDisk(world, guest, key, String(value), log));
  const order = /^order=(.*)$/.exec(String(guest.config.boot ?? ''))?.[1]?.split(';');
  if (guest.kind === 'qemu' && drive.cdrom && order && !order.includes(key)) {
    apply(call, guest, 'boot', `order=${[...order, key].filter(Boolean).join(';')}`);
  }
}

function update(call: Call, guest: Guest, change: Change, log: (line: string) => void): void {
  if (change.set.boot !== undefined) {
    const order = /(?:^|,)order=([^,]*)/.exec(String(change.set.boot))?.[1]?.split(';') ?? [];
    const exists = (key: string) =>
      (guest.config[key] ?? guest.pending.get(key) ?? change.set[key]) !== undefined;
    const missing = order.find((key) => key !== '' && (!exists(key) || change.delete.includes(key)));
    if (missing !== undefined) throw no(`invalid bootorder: device '${missing}' does not exist'`);
  }
  for (const key of change.revert) guest.pending.delete(key);
  for (const key of change.delete) removeKey(call, guest, key);
  for (const [key, value] of Object.entries(change.set)) setKey(call, guest, key, value, log);
  guest.touch();
}

function checkQemu(call: Call, guest: Guest, change: Change): void {
  const { params } = call;
  if (params.digest !== undefined && params.digest !== guest.digest) {
    throw no('checksum mismatch (file change by other user?)');
  }
  const wakes = change.delete.includes('vmstate') && guest.lock === 'suspended';
  if (wakes) change.delete.push('lock', 'runningmachine');
  else if (!params.skiplock) checkLock(guest);
  const memory = change.set.memory ?? guest.pending.get('memory') ?? guest.config.memory ?? 512;
  const balloon = change.set.balloon ?? guest.config.balloon;
  const asked = change.set.memory !== undefined || change.set.balloon !== undefined;
  if (asked && Number(balloon ?? 0) > Number.parseInt(String(memory).replace('current=', ''), 10)) {
    throw no('balloon value too large (must be smaller than assigned memory)');
  }
}

function prepareQemu(call: Call): { guest: () => Guest; change: Change; text: string } {
  const { params } = call;
  rootOnly(call, 'skiplock');
  const change = readChange(call, 'qemu');
  const scope = { call, vmid: Number(params.vmid) };
  qemuRights(scope, change.delete);
  qemuRights(scope, Object.keys(change.set));
  checkDisks(scope, 'qemu', change.set);
  qemuDeviceRights(scope, change.set, 'modify');
  bridgeRights(scope, change.set);
  const shown = Object.entries(params)
    .filter(([key]) => ['delete', 'revert', 'skiplock', 'force'].includes(key) || !notOptions.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `-${key} ${key === 'cipassword' ? '<hidden>' : value}`);
  const guest = () => guestOf(call, 'qemu');
  checkQemu(call, guest(), change);
  return { guest, change, text: `update VM ${params.vmid}: ${shown.join(' ')}` };
}

async function updateQemuNow(call: Call): Promise<null> {
  const { guest, change } = prepareQemu(call);
  await waitForLock(call.world, guest());
  checkQemu(call, guest(), change);
  update(call, guest(), change, () => undefined);
  return null;
}

function updateQemuLater(call: Call): string {
  const { guest, change, text } = prepareQemu(call);
  return startTask(call, nodeOf(call), 'qmconfig', call.params.vmid, (log) =>
    withLock(call.world, guest(), log, function* (): Work {
      checkQemu(call, guest(), change);
      log(text);
      yield 100;
      update(call, guest(), change, log);
      return undefined;
    }),
  );
}

async function updateLxc(call: Call): Promise<null> {
  const { params, world } = call;
  const change = readChange(call, 'lxc');
  const guest = guestOf(call, 'lxc');
  await waitForLock(world, guest);
  checkLock(guest);
  if (params.digest !== undefined && params.digest !== guest.digest) {
    throw no('detected modified configuration - file changed by other user? Try again.');
  }
  const scope = { call, vmid: guest.vmid };
  lxcRights(scope, change.set, [...change.delete, ...change.revert], guest);
  checkDisks(scope, 'lxc', change.set);
  for (const key of change.delete) {
    if (['memory', 'rootfs', 'ostype'].includes(key)) throw no(`unable to delete required option '${key}'`);
    if (key === 'unprivileged') throw no(`unable to delete read-only option: '${key}'`);
  }
  if (change.set.unprivileged !== undefined) throw no(`unable to modify read-only option: 'unprivileged'`);
  update(call, guest, change, () => undefined);
  return null;
}

/** `PUT …/unlink`: takes disks out of the config, as `delete` there does; `force` frees what would be left unused. */
async function unlink(call: Call): Promise<null> {
  const { idlist, ...rest } = call.params;
  const found = pveCatalog().find('PUT', `/nodes/${rest.node}/qemu/${rest.vmid}/config`);
  const method = found?.method ?? call.method;
  return updateQemuNow({ ...call, method, params: { ...rest, delete: idlist } });
}

export const guestUpdateRoutes: Routes = {
  'PUT /nodes/{node}/qemu/{vmid}/unlink': unlink,
  'PUT /nodes/{node}/qemu/{vmid}/config': updateQemuNow,
  'POST /nodes/{node}/qemu/{vmid}/config': updateQemuLater,
  'PUT /nodes/{node}/lxc/{vmid}/config': updateLxc,
};
