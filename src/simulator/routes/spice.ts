import { ApiError, type Call, type Routes } from '../call.ts';
import { checkShell } from './consoles.ts';
import { guestOf, no } from './find.ts';

const lacking = ({ method, params }: Call): never => {
  const path = method.path.replace(/\{(\w+)\}/g, (_, name) => String(params[name]));
  throw new ApiError(501, `Method 'POST ${path}' not implemented`);
};

/** SPICE is not simulated; what PVE refuses before it comes to that is refused here too (the first recorded). */
export const spiceRoutes: Routes = {
  'POST /nodes/{node}/spiceshell': (call) => {
    checkShell(call);
    return lacking(call);
  },
  'POST /nodes/{node}/qemu/{vmid}/spiceproxy': (call) => {
    const guest = guestOf(call, 'qemu');
    if (!guest.running) throw no(`VM ${guest.vmid} not running`);
    if (!/^(?:type=)?qxl/.test(String(guest.config.vga ?? ''))) throw no('no spice port');
    return lacking(call);
  },
  'POST /nodes/{node}/lxc/{vmid}/spiceproxy': (call) => {
    const guest = guestOf(call, 'lxc');
    if (!guest.running) throw no(`CT ${guest.vmid} not running`);
    return lacking(call);
  },
};
