import { SimNode } from '../world/node.ts';
import { Storage } from '../world/storage.ts';
import type { World } from '../world/world.ts';
import { seedLabGuests } from './lab-guests.ts';
import { addLabLogins } from './logins.ts';

/**
 * The machine that the recordings were taken on (PVE 9.2): one node `pve` in no cluster, storage `local`, guests 100 to
 * 110, 200 and 201, and the logins `root@pam`, `root@pam!lab` (everything), `root@pam!priv` (PVEAuditor on /nodes/pve) and
 * `alice@pve`.
 *
 * Assumed where the recordings do not say: of the guests only 100 and 200 run; no pool, group, role, firewall or SDN is
 * there yet; the backups that recordings name lie on `local`, without notes and without protection.
 */
export function seedLab(world: World): void {
  const node = new SimNode({
    ...{ name: 'pve', nodeid: 1, ip: '198.51.100.10', bootedAt: world.now() - 1_500_000 },
    hardware: {
      ...{ sockets: 1, cores: 2, cpus: 2, model: 'AMD EPYC', mhz: '2445.432', bios: true },
      ...{ memory: 25_276_510_208, swap: 0, rootfs: 270_553_174_016, rootfsUsed: 33_748_869_120 },
    },
  });
  node.interfaces.seed('vmbr0', {
    ...{ type: 'bridge', method: 'static', method6: 'manual', active: 1, autostart: 1, priority: 3 },
    ...{ address: node.ip, netmask: '24', cidr: `${node.ip}/24`, families: ['inet'] },
    ...{ bridge_ports: '', bridge_stp: 'off', bridge_fd: '0' },
  });
  node.hosts = '127.0.0.1 localhost\n198.51.100.10 pve.lab.test pve\n';
  world.nodes.set(node.name, node);
  const { rootfs: total, rootfsUsed: otherUse } = node.hardware;
  const config = {
    ...{ type: 'dir', path: '/var/lib/vz', priority: 0, 'prune-backups': 'keep-all=1' },
    content: 'images,vztmpl,backup,snippets,rootdir,iso',
  };
  world.storages.set('local', new Storage('local', config, { total, otherUse }));
  seedLabGuests(world);
  seedLabFiles(world);
  addLabLogins(world);
}

function seedLabFiles(world: World): void {
  const local = world.storages.get('local') as Storage;
  const ctime = world.seconds() - 2000;
  const file = (volid: string, content: 'iso' | 'vztmpl', format: string, size: number) =>
    local.add('pve', { volid, content, format, size, used: size, ctime });
  file('local:iso/labguest.iso', 'iso', 'iso', 16_574_464);
  file('local:vztmpl/lab-busybox_1.0-1_amd64.tar.gz', 'vztmpl', 'tgz', 1_100_000);
  const backup = (vmid: number, name: string, format: string, ctime: number) => {
    const guest = world.guests.get(vmid);
    const size = 70_000;
    local.add('pve', {
      ...{ volid: `local:backup/vzdump-${guest?.kind}-${vmid}-${name}.${format}`, content: 'backup', format },
      ...{ size, used: size, ctime, vmid },
      ...(guest && { subtype: guest.kind, saved: { ...guest.config } }),
    });
  };
  // Their names say when they were taken, whatever the day is now.
  backup(100, '2026_11_22-16_41_14', 'vma.zst', 1_795_365_674);
  backup(101, '2026_11_22-16_41_18', 'vma', 1_795_365_678);
  backup(102, '2026_11_22-16_41_19', 'vma', 1_795_365_679);
  backup(200, '2026_11_22-16_48_08', 'tar.gz', 1_795_366_088);
}
