import type { Routes } from '../call.ts';
import { drivesOf } from '../world/drives.ts';
import type { Guest } from '../world/guest.ts';
import type { World } from '../world/world.ts';
import { guestOf } from './find.ts';
import { live, lxcRow, qemuRow } from './guest-views.ts';

function ha(world: World, guest: Guest): Record<string, unknown> {
  const resource = world.ha.get(`${guest.kind === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`);
  return resource ? { managed: 1, state: resource.state } : { managed: 0 };
}

/** What QEMU counts for one disk, with the names it gives (recorded on PVE 9.2). */
function blockStatistics(bytes: { read: number; written: number }): Record<string, unknown> {
  const none = Object.fromEntries(
    [
      ...[
        'failed_flush_operations',
        'failed_rd_operations',
        'failed_unmap_operations',
        'failed_wr_operations',
      ],
      ...['failed_zone_append_operations', 'flush_operations', 'flush_total_time_ns', 'idle_time_ns'],
      ...[
        'invalid_flush_operations',
        'invalid_rd_operations',
        'invalid_unmap_operations',
        'invalid_wr_operations',
      ],
      ...['invalid_zone_append_operations', 'rd_merged', 'unmap_bytes', 'unmap_merged', 'unmap_operations'],
      ...['unmap_total_time_ns', 'wr_highest_offset', 'wr_merged', 'zone_append_bytes', 'zone_append_merged'],
      ...['zone_append_operations', 'zone_append_total_time_ns'],
    ].map((key) => [key, 0]),
  );
  const reads = Math.ceil(bytes.read / 4096);
  const writes = Math.ceil(bytes.written / 4096);
  return {
    ...none,
    ...{ account_failed: true, account_invalid: true, timed_stats: [] },
    ...{ rd_bytes: bytes.read, rd_operations: reads, rd_total_time_ns: reads * 90_000 },
    ...{ wr_bytes: bytes.written, wr_operations: writes, wr_total_time_ns: writes * 140_000 },
  };
}

function runningQemu(world: World, guest: Guest): Record<string, unknown> {
  const now = live(world, guest);
  const disks = drivesOf('qemu', guest.config).filter((drive) => !drive.cdrom);
  const nics = Object.keys(guest.config).filter((key) => /^net\d+$/.test(key));
  const share = (bytes: number, parts: number) => Math.floor(bytes / Math.max(1, parts));
  return {
    balloon: guest.facts.maxmem,
    ballooninfo: { actual: guest.facts.maxmem, max_mem: guest.facts.maxmem },
    blockstat: Object.fromEntries(
      disks.map(({ key }) => [
        key,
        blockStatistics({
          read: share(now.diskread, disks.length),
          written: share(now.diskwrite, disks.length),
        }),
      ]),
    ),
    nics: Object.fromEntries(
      nics.map((key) => [
        `tap${guest.vmid}i${key.slice(3)}`,
        { netin: share(now.netin, nics.length), netout: share(now.netout, nics.length) },
      ]),
    ),
    'running-machine': 'pc-i440fx-10.0+pve1',
    'running-qemu': '10.0.13',
    'proxmox-support': {
      ...{ 'backup-access-api': true, 'backup-fleecing': true, 'backup-max-workers': true },
      ...{ 'pbs-dirty-bitmap': true, 'pbs-dirty-bitmap-migration': true, 'pbs-dirty-bitmap-savevm': true },
      ...{ 'pbs-library-version': '1.5.2', 'pbs-masterkey': true, 'query-bitmap-info': true },
    },
  };
}

/** `GET …/status/current` of a VM. */
function qemuStatus(world: World, guest: Guest): Record<string, unknown> {
  const status: Record<string, unknown> = { ...qemuRow(world, guest, true), ha: ha(world, guest) };
  status.qmpstatus = guest.paused ? 'paused' : guest.status;
  if (guest.facts.agent) status.agent = 1;
  if (/qxl/.test(String(guest.config.vga ?? ''))) status.spice = 1;
  return guest.running ? { ...status, ...runningQemu(world, guest) } : status;
}

export const guestStatusRoutes: Routes = {
  'GET /nodes/{node}/qemu': ({ world, params, principal }) =>
    world
      .guestsOn(params.node)
      .filter(({ kind, vmid }) => kind === 'qemu' && principal.may(`/vms/${vmid}`, 'VM.Audit'))
      .map((guest) => qemuRow(world, guest, Boolean(params.full))),
  'GET /nodes/{node}/lxc': ({ world, params, principal }) =>
    world
      .guestsOn(params.node)
      .filter(({ kind, vmid }) => kind === 'lxc' && principal.may(`/vms/${vmid}`, 'VM.Audit'))
      .map((guest) => lxcRow(world, guest)),
  'GET /nodes/{node}/qemu/{vmid}/status/current': (call) => qemuStatus(call.world, guestOf(call, 'qemu')),
  'GET /nodes/{node}/lxc/{vmid}/status/current': (call) => {
    const guest = guestOf(call, 'lxc');
    return { ...lxcRow(call.world, guest), ha: ha(call.world, guest) };
  },
};
