import { type Call, type Handler, parameterErrors, type Routes } from '../call.ts';
import type { Guest, Kind, Snapshot } from '../world/guest.ts';
import { guestOf, no } from './find.ts';

/** A snapshot of a guest, or Proxmox's word that there is none. */
export function snapshotOf(guest: Guest, name: string): Snapshot {
  const snapshot = guest.snapshots.find((one) => one.name === name);
  if (!snapshot) throw no(`snapshot '${name}' does not exist`);
  return snapshot;
}

/** A snapshot's config with what is known of the snapshot itself. */
export function snapshotConfig(snapshot: Snapshot): Record<string, unknown> {
  const { config, snaptime, description, parent, vmstate } = snapshot;
  return {
    ...config,
    snaptime,
    ...(description === '' ? {} : { description }),
    ...(parent === undefined ? {} : { parent }),
    ...(vmstate === undefined ? {} : { vmstate }),
  };
}

/** `GET …/config`: with what waits for a restart already in place, unless `current` is asked for. */
function readConfig(kind: Kind): Handler {
  return (call) => {
    const guest = guestOf(call, kind);
    const { snapshot, current } = call.params;
    if (snapshot !== undefined) {
      if (current) throw parameterErrors({ snapshot: "cannot use 'snapshot' parameter with 'current'" });
      return { ...snapshotConfig(snapshotOf(guest, snapshot)), digest: guest.digest };
    }
    const config: Record<string, unknown> = { ...guest.config, digest: guest.digest };
    if (guest.parent !== undefined) config.parent = guest.parent;
    if (current) return config;
    for (const [key, value] of guest.pending) {
      if (value === null) delete config[key];
      else config[key] = value;
    }
    return config;
  };
}

/** `GET …/pending`: every key with its value now, and what a restart would make of it. */
function readPending(call: Call, kind: Kind) {
  const guest = guestOf(call, kind);
  const rows: Record<string, unknown>[] = [];
  for (const [key, value] of Object.entries(guest.config)) {
    const waiting = guest.pending.get(key);
    if (waiting === null) rows.push({ key, value, delete: 1 });
    else rows.push(waiting === undefined ? { key, value } : { key, value, pending: waiting });
  }
  for (const [key, value] of guest.pending) {
    if (value !== null && guest.config[key] === undefined) rows.push({ key, pending: value });
  }
  return [...rows, { key: 'digest', value: guest.digest }];
}

export const guestConfigRoutes: Routes = {
  'GET /nodes/{node}/qemu/{vmid}/config': readConfig('qemu'),
  'GET /nodes/{node}/lxc/{vmid}/config': readConfig('lxc'),
  'GET /nodes/{node}/qemu/{vmid}/pending': (call) => readPending(call, 'qemu'),
  'GET /nodes/{node}/lxc/{vmid}/pending': (call) => readPending(call, 'lxc'),
};
