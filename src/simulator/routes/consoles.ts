import { ApiError, type Call, type Handler, type Routes } from '../call.ts';
import type { ConsoleProxy, Line, Program } from '../world/console-proxies.ts';
import type { Guest, Kind } from '../world/guest.ts';
import type { SimNode } from '../world/node.ts';
import { rootCa } from '../world/root-ca.ts';
import { screen } from '../world/screen.ts';
import { shell } from '../world/shell.ts';
import type { Work } from '../world/tasks.ts';
import { terminalProxy } from '../world/terminal-proxy.ts';
import { guestOf, no, nodeOf, startTask } from './find.ts';

/** For how long a proxy waits for its client, in milliseconds. */
const PATIENCE = 10_000;
const LONG = 3_600_000;

interface Plan {
  /** What the ticket is for: `/vms/100`. */
  path: string;
  task: 'vncproxy' | 'vncshell';
  id: string | number;
  /** The task's end where nobody comes. */
  timeout: (port: number) => string | undefined;
  /** Starts what runs behind it; `ended` is to be called with the task's error, or with nothing. */
  start: (proxy: ConsoleProxy, line: Line, ended: (error?: string) => void) => Program;
}

/**
 * Opens a port for one client, and the task that stands behind it. These calls are not handed on to the guest's node: port
 * and task are those of the node that was asked, which reaches the guest over SSH (PVE 9.2).
 */
function openProxy({ world, principal, ...call }: Call, plan: Plan): { proxy: ConsoleProxy; upid: string } {
  const [here] = world.nodes.values();
  let line: Line | undefined;
  let over = false;
  let problem: string | undefined;
  let upid = '';
  const ended = (error?: string) => {
    if (over) return;
    over = true;
    problem = error;
    world.tasks.wake(upid);
  };
  const proxy = world.consoles.open(principal.authid, plan.path, world.seconds(), (own) => (client) => {
    line = client;
    return plan.start(own, client, ended);
  });
  if (!proxy || !here) throw no('unable to find free port (5900-6000)');
  const { port } = proxy;
  upid = startTask({ world, principal, ...call }, here, plan.task, plan.id, function* (): Work {
    try {
      yield PATIENCE;
      if (line === undefined) {
        const why = plan.timeout(port);
        if (why === undefined) return undefined;
        throw no(why);
      }
      while (!over) yield LONG;
      if (problem !== undefined) throw no(problem);
    } finally {
      over = true;
      world.consoles.close(port);
      line?.end();
    }
    return undefined;
  });
  return { proxy, upid };
}

/** A screen. The ticket carries the password in front where there is one (recorded on PVE 9.2). */
function vncProxy(kind: Kind): Handler {
  return (call) => {
    const { world, params, principal } = call;
    const guest = guestOf(call, kind);
    const { proxy, upid } = openProxy(call, {
      ...{ path: `/vms/${guest.vmid}`, task: 'vncproxy', id: guest.vmid },
      timeout: () => 'connection timed out',
      start(_proxy, line, ended) {
        if (guest.running && world.nodes.get(guest.node)?.online) return screen(line, ended);
        ended('Failed to run vncproxy.');
        return nobody;
      },
    });
    const serial = kind === 'qemu' && /^(?:type=)?serial\d/.test(String(guest.config.vga ?? ''));
    const secured = params.websocket || params['generate-password'] || (kind === 'qemu' && !serial);
    const { port, ticket, password } = proxy;
    return {
      ...{ user: principal.authid, port: String(port), upid, cert: rootCa },
      ...(secured ? { password, ticket: `${password}:${ticket}` } : { ticket }),
    };
  };
}

function termProxy(
  call: Call,
  plan: Omit<Plan, 'timeout' | 'start'>,
  start: (line: Line) => ReturnType<typeof shell>,
) {
  const { world, principal } = call;
  const { proxy, upid } = openProxy(call, {
    ...plan,
    timeout: (port) => `command '/usr/bin/termproxy ${port} --path ${plan.path}' failed: exit code 1`,
    start: ({ port }, line, ended) =>
      terminalProxy(line, {
        isLogin: (user, ticket) =>
          user === principal.authid &&
          world.consoles.isTicket(ticket, user, plan.path, port, world.seconds()),
        start,
        ended: (error) =>
          ended(error && `command '/usr/bin/termproxy ${port} --path ${plan.path}' failed: exit code 1`),
      }),
  });
  return { user: principal.authid, ticket: proxy.ticket, port: String(proxy.port), upid };
}

function guestTerminal(kind: Kind): Handler {
  return (call) => {
    const guest = guestOf(call, kind);
    const plan = { path: `/vms/${guest.vmid}`, task: 'vncproxy', id: guest.vmid } as const;
    return termProxy(call, plan, (line) =>
      kind === 'qemu' ? serialTerminal(line, guest, call.params.serial) : containerTerminal(line, guest),
    );
  };
}

/** `qm terminal`, whose words these are (recorded on PVE 9.2: the start of one that works). */
function serialTerminal(line: Line, guest: Guest, wanted: string | undefined) {
  const { config, vmid } = guest;
  const asked = wanted ?? /^(?:type=)?(serial\d)/.exec(String(config.vga ?? ''))?.[1];
  const iface = asked ?? [0, 1, 2, 3].map((n) => `serial${n}`).find((name) => config[name] === 'socket');
  const problem =
    iface === undefined
      ? 'unable to find a serial interface'
      : config[iface] === undefined
        ? `serial interface '${iface}' is not configured`
        : config[iface] !== 'socket'
          ? `wrong serial type on interface '${iface}'`
          : guest.running
            ? undefined
            : `VM ${vmid} not running`;
  if (problem !== undefined) return refusing(line, problem);
  const greeting = ['\r\n', `starting serial terminal on interface ${iface}\r\n`, '\r\n'];
  return shell(line, { greeting, waits: true, host: guest.name });
}

/** A container shows its login, or a shell where its `cmode` says so. */
function containerTerminal(line: Line, guest: Guest) {
  if (!guest.running) return refusing(line, `lxc-console: ${guest.vmid}: ${guest.vmid} is not running`);
  const isShell = guest.config.cmode === 'shell';
  return shell(line, { waits: !isShell, login: !isShell, host: guest.name });
}

function refusing(line: Line, text: string) {
  line.send(Buffer.from(`${text}\r\n`));
  line.end();
  return { ...nobody, resize: () => {} };
}

const nobody: Program = { receive: () => {}, hangUp: () => {} };

/** No token has such a shell, since its name is no user's, and anything but a login is for root@pam (PVE 9.2). */
export function checkShell({ params, principal }: Call): void {
  const { authid, tokenid } = principal;
  if (tokenid !== undefined) throw no(`value '${authid}' does not look like a valid user name`);
  if ((params.cmd ?? 'login') !== 'login' && authid !== 'root@pam')
    throw new ApiError(403, 'Permission check failed (user != root@pam)');
}

/** The node's terminal as a screen; what is typed there is not followed. */
const nodeScreen: Handler = (call) => {
  checkShell(call);
  const { params, principal } = call;
  const node = nodeOf(call);
  const { proxy, upid } = openProxy(call, {
    ...{ path: `/nodes/${node.name}`, task: 'vncshell', id: '' },
    // vncterm gives up without an error of the task (PVE 9.2: it is written to the journal alone).
    timeout: () => undefined,
    start: (_proxy, line, ended) => screen(line, ended),
  });
  const { port, ticket, password } = proxy;
  return {
    ...{ user: principal.authid, port: String(port), upid, cert: rootCa },
    ...(params.websocket ? { password, ticket: `${password}:${ticket}` } : { ticket }),
  };
};

/** Only root@pam's own login is let in without being asked; a token is not that. */
const nodeTerminal: Handler = (call) => {
  const node: SimNode = nodeOf(call);
  const plan = { path: `/nodes/${node.name}`, task: 'vncshell', id: '' } as const;
  return termProxy(call, plan, (line) => {
    if (!node.online) return refusing(line, `ssh: connect to host ${node.ip} port 22: No route to host`);
    return shell(line, { host: node.name, login: !call.principal.isRoot });
  });
};

function websocket(path: (call: Call) => string): Handler {
  return (call) => {
    const { world, params, principal } = call;
    const port = Number(params.port);
    const right = world.consoles.isTicket(
      params.vncticket,
      principal.authid,
      path(call),
      port,
      world.seconds(),
    );
    if (!right) throw new ApiError(401, 'permission denied - invalid PVEVNC ticket');
    return { port: String(port) };
  };
}

const guestSocket = websocket(({ params }) => `/vms/${params.vmid}`);

/** `POST /access/vncticket`: whoever has such a ticket may ask whether it is good; no more is said than yes or no. */
const checkTicket: Handler = ({ world, params }) => {
  const { authid, vncticket, path, privs, port } = params;
  const wanted = String(privs)
    .split(/[,;\s]+/)
    .filter(Boolean);
  const good = world.consoles.isTicket(vncticket, authid, path, Number(port), world.seconds());
  if (good && wanted.length > 0 && wanted.every((privilege) => world.access.may(authid, path, privilege)))
    return null;
  throw new ApiError(401, 'authentication failure');
};

export const consoleRoutes: Routes = {
  'POST /access/vncticket': checkTicket,
  'POST /nodes/{node}/termproxy': nodeTerminal,
  'POST /nodes/{node}/vncshell': nodeScreen,
  'GET /nodes/{node}/vncwebsocket': websocket(({ params }) => `/nodes/${params.node}`),
  'POST /nodes/{node}/qemu/{vmid}/vncproxy': vncProxy('qemu'),
  'POST /nodes/{node}/qemu/{vmid}/termproxy': guestTerminal('qemu'),
  'GET /nodes/{node}/qemu/{vmid}/vncwebsocket': (call) => {
    const answer = guestSocket(call);
    guestOf(call, 'qemu');
    return answer;
  },
  'POST /nodes/{node}/lxc/{vmid}/vncproxy': vncProxy('lxc'),
  'POST /nodes/{node}/lxc/{vmid}/termproxy': guestTerminal('lxc'),
  'GET /nodes/{node}/lxc/{vmid}/vncwebsocket': guestSocket,
};
