import { isIP } from 'node:net';
import type { Call, Routes } from '../../call.ts';
import { no } from '../find.ts';

const base = '/nodes/{node}';

/** A chipset, a disk and a network card, as on any small virtual machine. */
const pci = [
  ['0000:00:00.0', '0x060000', '0x8086', '0x1237', 'Intel Corporation', '440FX - 82441FX PMC [Natoma]'],
  ['0000:00:01.0', '0x010000', '0x1af4', '0x1001', 'Red Hat, Inc.', 'Virtio block device'],
  ['0000:00:02.0', '0x020000', '0x1af4', '0x1000', 'Red Hat, Inc.', 'Virtio network device'],
].map(([id, kind, vendor, device, vendor_name, device_name]) => ({
  ...{ id, class: kind, vendor, device, vendor_name, device_name, iommugroup: -1 },
}));

function listPci({ params }: Call) {
  // Memory controllers, bridges and processors are left out unless somebody asks for all.
  const hidden = String(params['pci-class-blacklist'] ?? '05,06,0b')
    .split(/[,;\s]+/)
    .filter(Boolean);
  const shown = pci.filter((device) => !hidden.some((kind) => String(device.class).startsWith(`0x${kind}`)));
  if (params.verbose !== 0) return shown;
  return shown.map(({ id, class: kind, vendor, device, iommugroup }) => ({
    ...{ id, class: kind, vendor, device, iommugroup },
  }));
}

/** A portal that does not answer has no targets; one whose name nobody knows is an error (PVE 9.2). */
function scanIscsi({ params }: Call): object[] {
  const host = String(params.portal)
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');
  if (isIP(host) === 0) throw no(`unable to parse/resolve portal address '${params.portal}'`);
  return [];
}

const unreachable = (command: string) => () => {
  throw no(`command '${command}' failed: exit code 1`);
};

/** What is plugged into a node, and what it finds around itself: nothing answers a scan. */
export const nodeHardwareRoutes: Routes = {
  [`GET ${base}/hardware`]: () => [{ type: 'pci' }, { type: 'usb' }],
  [`GET ${base}/hardware/pci`]: listPci,
  [`GET ${base}/hardware/pci/{pci-id-or-mapping}`]: () => [{ method: 'mdev' }],
  [`GET ${base}/hardware/pci/{pci-id-or-mapping}/mdev`]: () => [],
  [`GET ${base}/hardware/usb`]: () => [],
  [`GET ${base}/scan`]: () => ['cifs', 'iscsi', 'lvm', 'nfs', 'pbs', 'zfs'].map((method) => ({ method })),
  [`GET ${base}/scan/lvm`]: () => [],
  [`GET ${base}/scan/lvmthin`]: () => [],
  [`GET ${base}/scan/zfs`]: () => [],
  [`GET ${base}/scan/iscsi`]: scanIscsi,
  [`GET ${base}/scan/pbs`]: ({ params }) => {
    const where = `${params.server}:${params.port ?? 8007}`;
    throw no(`error fetching datastores - 500 Can't connect to ${where} (No route to host)`);
  },
  [`GET ${base}/scan/nfs`]: ({ params }) =>
    unreachable(`/sbin/showmount --no-headers --exports ${params.server}`)(),
  [`GET ${base}/scan/cifs`]: ({ params }) => unreachable(`/usr/bin/smbclient -L ${params.server}`)(),
};
