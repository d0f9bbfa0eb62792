import { isDriveKey, readDrive } from '../world/drives.ts';
import type { Guest } from '../world/guest.ts';

// As documented for PVE 9.2: what a running guest takes at once.
const fast = new Set(
  'description hookscript lock migrate_downtime migrate_speed name onboot protection shares startup tags vmstatestorage balloon cpuunits cpulimit cicustom cipassword citype ciuser ciupgrade nameserver searchdomain sshkeys'.split(
    ' ',
  ),
);
const fastInContainers = new Set(
  'description onboot protection startup tags hookscript lock memory swap cpuunits cpulimit cores hostname'.split(
    ' ',
  ),
);

/** Whether a change takes effect while the guest runs; otherwise it waits for the next start. */
export function hotplugs(guest: Guest, key: string, value: string | undefined): boolean {
  if (guest.kind === 'lxc') return fastInContainers.has(key) || /^(?:net|mp|dev|unused)\d+$/.test(key);
  if (fast.has(key) || /^(?:ipconfig|unused)\d+$/.test(key)) return true;
  const features = String(guest.config.hotplug ?? 'network,disk,usb').split(',');
  const on = (feature: string) => features.includes(feature) || features[0] === '1';
  if (/^net\d+$/.test(key)) return on('network');
  if (key === 'tablet' || /^usb\d+$/.test(key)) return on('usb');
  if (key === 'vcpus') return features.includes('cpu');
  if (key === 'memory') return features.includes('memory');
  if (!isDriveKey('qemu', key)) return false;
  const old = guest.config[key];
  const cdrom = old !== undefined && readDrive('qemu', key, String(old)).cdrom;
  if (cdrom && value !== undefined) return true;
  return on('disk') && /^(?:scsi|virtio)\d+$/.test(key);
}
