import { ApiError, type Call } from '../call.ts';
import type { Guest } from '../world/guest.ts';
import { readProperties } from '../world/property-string.ts';
import { forbidden, no } from './find.ts';

const words = (text: string) => new Set(text.split(' '));

// Which privilege guards which option: as documented for PVE 9.2.
const cpu = words('cores cpu cpulimit cpuunits numa smp sockets vcpus');
const memory = words('memory balloon shares allow-ksm');
const hardware = words('acpi hotplug kvm machine scsihw smbios1 tablet vga watchdog audio0 rng0');
const general = words(
  'agent autostart bios description keyboard localtime migrate_downtime migrate_speed name onboot ostype protection reboot startdate startup tdf template',
);
const disk = words('boot bootdisk vmstatestorage');
const cloudinit = words('cicustom cipassword citype ciuser ciupgrade nameserver searchdomain sshkeys');

/** A config change and whose it is. `pool` counts when a guest is created into one. */
export interface Scope {
  call: Call;
  vmid: number;
  pool?: string | undefined;
}

/** Demands privileges on a guest, or on the pool it is created into: all of them, or any where `any` is set. */
export function demandOnGuest({ call, vmid, pool }: Scope, privileges: string[], any = false): void {
  const may = (path: string, privilege: string) => call.principal.may(path, privilege);
  const held = (path: string) =>
    any ? privileges.some((one) => may(path, one)) : privileges.every((one) => may(path, one));
  if (pool !== undefined && held(`/pool/${pool}`)) return;
  const path = `/vms/${vmid}`;
  if (held(path)) return;
  throw forbidden(path, any ? privileges.join('|') : (privileges.find((one) => !may(path, one)) as string));
}

const driveKey = /^(?:scsi|virtio|ide|sata)\d+$|^efidisk0$|^tpmstate0$/;

/** The privileges that changing or deleting these options of a VM takes. */
export function qemuRights(scope: Scope, keys: string[]): void {
  if (scope.call.principal.isRoot) return;
  for (const key of keys) {
    const need = (privilege: string) => demandOnGuest(scope, [privilege]);
    if (driveKey.test(key) || /^(?:unused|serial|usb|hostpci|virtiofs)\d+$/.test(key)) continue;
    if (key === 'tags') need('VM.Config.Options');
    else if (cpu.has(key) || /^numa\d+$/.test(key)) need('VM.Config.CPU');
    else if (memory.has(key)) need('VM.Config.Memory');
    else if (hardware.has(key)) need('VM.Config.HWType');
    else if (general.has(key)) {
      need('VM.Config.Options');
      if (key === 'startup' && !scope.call.principal.may('/', 'Sys.Modify'))
        throw forbidden('/', 'Sys.Modify');
    } else if (key === 'freeze') need('VM.PowerMgmt');
    else if (disk.has(key)) need('VM.Config.Disk');
    else if (/^net\d+$/.test(key)) need('VM.Config.Network');
    else if (cloudinit.has(key) || /^ipconfig\d+$/.test(key)) {
      demandOnGuest(scope, ['VM.Config.Cloudinit', 'VM.Config.Network'], true);
    } else if (key === 'vmstate') demandOnGuest(scope, ['VM.Config.Disk', 'VM.PowerMgmt']);
    // Recorded on PVE 9.2 for `args`; the same holds for `lock`, `hookscript` and every option not named above.
    else throw no(`only root can set '${key}' config`);
  }
}

/** Devices whose rights depend on the value: real serial ports, USB and PCI devices are for root alone. */
export function qemuDeviceRights(
  scope: Scope,
  values: Record<string, string | number>,
  verb: 'set' | 'modify' | 'delete',
): void {
  if (scope.call.principal.isRoot) return;
  for (const [key, raw] of Object.entries(values)) {
    const value = String(raw);
    if (driveKey.test(key)) {
      const isCdrom = /(?:^|,)media=cdrom(?:,|$)/.test(value) || value.startsWith('none');
      if (/(?:^|:)(?:[^,]*-)?cloudinit/.test(value))
        demandOnGuest(scope, ['VM.Config.Cloudinit', 'VM.Config.CDROM']);
      else demandOnGuest(scope, [isCdrom ? 'VM.Config.CDROM' : 'VM.Config.Disk']);
    } else if (/^unused\d+$/.test(key)) demandOnGuest(scope, ['VM.Config.Disk']);
    else if (/^serial\d+$/.test(key)) {
      if (value !== 'socket') throw no(`only root can ${verb} '${key}' config for real devices`);
      demandOnGuest(scope, ['VM.Config.HWType']);
    } else if (/^usb\d+$/.test(key)) {
      demandOnGuest(scope, ['VM.Config.HWType']);
      const { host } = readProperties(value, 'host');
      if (host !== undefined && host.toLowerCase() !== 'spice')
        throw no(`only root can set '${key}' config for real devices`);
    } else if (/^hostpci\d+$/.test(key)) {
      const { host } = readProperties(value, 'host');
      if (host !== undefined) throw no(`only root can set '${key}' config for non-mapped devices`);
      demandOnGuest(scope, ['VM.Config.HWType']);
    }
  }
}

/** The right to plug a network card into a bridge. */
export function bridgeRights({ call }: Scope, values: Record<string, string | number>): void {
  if (call.principal.isRoot) return;
  for (const [key, value] of Object.entries(values)) {
    const { bridge } = /^net\d+$/.test(key) ? readProperties(String(value), 'model') : {};
    const path = `/sdn/zones/localnetwork/${bridge}`;
    if (bridge !== undefined && !call.principal.may(path, 'SDN.Use')) throw forbidden(path, 'SDN.Use');
  }
}

/** The privileges that changing (`values`) or deleting (`keys`) options of a container takes. */
export function lxcRights(
  scope: Scope,
  values: Record<string, string | number>,
  keys: string[],
  old?: Guest,
): void {
  const { principal } = scope.call;
  if (principal.isRoot) return;
  const denied = (text: string) => new ApiError(403, `Permission check failed (${text})`);
  for (const key of [...Object.keys(values), ...keys]) {
    const value = values[key];
    if (['cores', 'cpuunits', 'cpulimit'].includes(key)) demandOnGuest(scope, ['VM.Config.CPU']);
    else if (key === 'rootfs' || /^mp\d+$/.test(key)) {
      demandOnGuest(scope, ['VM.Config.Disk']);
      const volume = value === undefined ? undefined : readProperties(String(value), 'volume').volume;
      if (volume?.startsWith('/')) {
        const type = volume.startsWith('/dev/') ? 'device' : 'bind';
        throw denied(`mount point type ${type} is only allowed for root@pam`);
      }
    } else if (key === 'memory' || key === 'swap') demandOnGuest(scope, ['VM.Config.Memory']);
    else if (/^net\d+$/.test(key) || ['nameserver', 'searchdomain', 'hostname'].includes(key)) {
      demandOnGuest(scope, ['VM.Config.Network']);
    } else if (/^dev\d+$/.test(key))
      throw denied('configuring device passthrough is only allowed for root@pam');
    else if (key === 'features') featureRights(scope, value, old, denied);
    else if (key === 'hookscript') throw denied('changing the hookscript is only allowed for root@pam');
    else demandOnGuest(scope, ['VM.Config.Options']);
  }
  bridgeRights(scope, values);
}

function featureRights(
  scope: Scope,
  value: string | number | undefined,
  old: Guest | undefined,
  denied: (text: string) => ApiError,
): void {
  const unprivileged = old ? old.config.unprivileged : scope.call.params.unprivileged;
  if (!unprivileged)
    throw denied('changing feature flags for privileged container is only allowed for root@pam');
  const features = Object.keys(readProperties(String(value ?? old?.config.features ?? ''), 'feature'));
  if (features.some((feature) => feature !== 'nesting')) {
    throw denied('changing feature flags (except nesting) is only allowed for root@pam');
  }
  if (features.length > 0) demandOnGuest(scope, ['VM.Allocate']);
}
