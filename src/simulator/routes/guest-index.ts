import type { Routes } from '../call.ts';
import { guestOf } from './find.ts';

const subdirs = (names: string) => names.split(' ').map((subdir) => ({ subdir }));

/** What lies below a guest. The first level asks nobody whether the guest is there; the second does. */
export const guestIndexRoutes: Routes = {
  'GET /nodes/{node}/qemu/{vmid}': () =>
    subdirs(
      'config cloudinit pending status unlink vncproxy termproxy migrate resize move rrd rrddata monitor agent snapshot spiceproxy sendkey firewall mtunnel remote_migrate',
    ),
  'GET /nodes/{node}/lxc/{vmid}': () =>
    subdirs(
      'config pending status vncproxy termproxy vncwebsocket spiceproxy migrate clone rrd rrddata firewall snapshot resize interfaces mtunnel remote_migrate',
    ),
  'GET /nodes/{node}/qemu/{vmid}/status': (call) => {
    guestOf(call, 'qemu');
    return subdirs('current start stop reset shutdown suspend reboot');
  },
  'GET /nodes/{node}/lxc/{vmid}/status': (call) => {
    guestOf(call, 'lxc');
    return subdirs('current start stop shutdown migrate');
  },
};
