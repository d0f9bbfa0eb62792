import type { Call, Routes } from '../call.ts';
import type { Guest } from '../world/guest.ts';
import { demand, guestOf, no, waitForLock } from './find.ts';
import { live } from './guest-views.ts';

// Commands of QEMU's monitor by what they take, as PVE 9.2 documents them: these need nothing, those Sys.Modify on /.
const open = new Set(['help', '?', 'info']);
const modifying = new Set(
  'announce_self balloon block_resize boot_set cont c cpu eject log mouse_button mouse_move mouse_set quit q sendkey set_link stop s system_powerdown system_reset system_wakeup x xp'.split(
    ' ',
  ),
);
const rootOnly = new Set(
  'backup change device_add device_del drive_add drive_del dump-guest-memory hostfwd_add memsave migrate netdev_add netdev_del nmi object_add object_del pmemsave savevm-start savevm-end screendump snapshot_blkdev'.split(
    ' ',
  ),
);

const information: Record<string, (guest: Guest, call: Call) => string> = {
  status: (guest) => `VM status: ${guest.paused ? 'paused' : 'running'}`,
  version: () => '10.0.13',
  name: (guest) => guest.name,
  uuid: (guest) => /uuid=([^,]+)/.exec(String(guest.config.smbios1 ?? ''))?.[1] ?? '',
  balloon: (guest) => `balloon: actual=${Math.floor(guest.facts.maxmem / 1024 ** 2)}`,
  cpus: (guest) =>
    Array.from(
      { length: guest.facts.cpus ?? 1 },
      (_, id) => `* CPU #${id}: thread_id=${guest.pid + id}`,
    ).join('\r\n'),
  uptime: (guest, call) => `${live(call.world, guest).uptime} s`,
  kvm: () => 'kvm support: enabled',
};

/** `POST …/monitor`: what QEMU says comes back as text, its errors too. */
function monitor(call: Call): string {
  const { principal, params } = call;
  const [name = '', topic = ''] = String(params.command).trim().split(/\s+/);
  if (name === '') throw no(`unexpected command '${params.command}'`);
  if (!open.has(name) && !modifying.has(name)) {
    const known = rootOnly.has(name);
    const text = `command '${name}' non-existent or not assigned a required permission yet, limiting to root user`;
    if (!principal.isRoot) throw no(known ? `root-only command '${name}'` : text);
  }
  if (modifying.has(name)) demand(principal, '/', 'Sys.Modify');
  const guest = guestOf(call, 'qemu');
  if (!guest.running) return `ERROR: VM ${guest.vmid} not running\n`;
  if (name === 'info') {
    const tell = information[topic];
    if (tell) return `${tell(guest, call)}\r\n`;
    if (topic !== '') return `unknown command: 'info ${topic}'\r\n`;
    return `${Object.keys(information)
      .map((one) => `info ${one}\r\n`)
      .join('')}`;
  }
  if (name === 'stop' || name === 's') guest.paused = true;
  if (name === 'cont' || name === 'c') guest.paused = false;
  if (open.has(name) || modifying.has(name) || rootOnly.has(name)) return '';
  return `unknown command: '${name}'\r\n`;
}

const keys = new Set(
  [
    ...'abcdefghijklmnopqrstuvwxyz0123456789',
    ...Array.from({ length: 24 }, (_, index) => `f${index + 1}`),
    ...'ret esc tab spc backspace delete insert home end pgup pgdn up down left right'.split(' '),
    ...'shift shift_r ctrl ctrl_r alt alt_r meta_l meta_r menu caps_lock num_lock scroll_lock'.split(' '),
    ...'minus equal bracket_left bracket_right semicolon apostrophe grave_accent backslash'.split(' '),
    ...'comma dot slash asterisk less sysrq print pause power sleep wake kp_enter kp_add kp_subtract'.split(
      ' ',
    ),
    ...Array.from({ length: 10 }, (_, index) => `kp_${index}`),
  ].map(String),
);

/** `PUT …/sendkey`: `ctrl-alt-delete` presses all three. */
async function sendKey(call: Call): Promise<null> {
  const guest = guestOf(call, 'qemu');
  await waitForLock(call.world, guest);
  if (!guest.running) throw no(`VM ${guest.vmid} not running`);
  const unknown = String(call.params.key)
    .split('-')
    .find((key) => !keys.has(key) && !/^0x[0-9a-f]+$/i.test(key));
  if (unknown !== undefined) throw no(`invalid parameter: ${unknown}`);
  return null;
}

export const qemuMonitorRoutes: Routes = {
  'POST /nodes/{node}/qemu/{vmid}/monitor': monitor,
  'PUT /nodes/{node}/qemu/{vmid}/sendkey': sendKey,
};
