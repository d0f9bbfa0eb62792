import { expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { createClient } from '../client.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { Api } from './api.ts';
import type { Door } from './gate/door.ts';
import { path } from './path.ts';
import type { Watch } from './watch.ts';
import type { Send } from './wire.ts';

/** Writes down what it is told, each in a line. */
function scribe() {
  const lines: string[] = [];
  const watch: Watch = {
    request: ({ method, path: asked }) => {
      return (end, again) => lines.push(`${method} ${asked} ${end}${again > 0 ? ` again ${again}` : ''}`);
    },
    wait: (type) => (end) => lines.push(`waited for ${type}: ${end}`),
  };
  return { lines, watch };
}

const openDoor: Door = {
  judge: async () => {
    throw new Error('nobody asks');
  },
  admit: async () => undefined,
  foresee: async () => {},
  taskEnded: async () => {},
};

test('a client tells of every request with its status or failure, and of what is waited for', async () => {
  const { fetch, clock, logins } = createSimulator({ seed: 'tiny' });
  const { lines, watch } = scribe();
  let away = false;
  const send: Send = async (request) => {
    if (away) throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
    return fetch(request);
  };
  const tokenId = 'root@pam!full';
  const client = createClient({ send, clock, watch, tokenId, secret: logins[tokenId] ?? '' });
  await client.tasks.wait(await client.post(path`/nodes/${'pve1'}/lxc/${101}/status/start`));
  expect(lines[0]).toBe('POST /api2/json/nodes/pve1/lxc/101/status/start 200');
  expect(lines.at(-1)).toBe('waited for vzstart: ok');
  expect(lines.length).toBeGreaterThan(2);

  lines.length = 0;
  await failureOf(client.get(path`/nodes/${'pve1'}/qemu/${999}/config`));
  away = true;
  await failureOf(client.get(path`/version`));
  expect(lines).toEqual([
    'GET /api2/json/nodes/pve1/qemu/999/config 500',
    'GET /api2/json/version unreachable',
  ]);
});

test('logins are requests too; a call that was sent again with a new login is one call', async () => {
  const simulator = createSimulator({ seed: 'tiny' });
  let refuse = true;
  const send: Send = async (request) => {
    if (request.path.endsWith('/version') && refuse) {
      refuse = false;
      return { status: 401, reason: 'permission denied - invalid PVE ticket', headers: {}, body: '' };
    }
    return simulator.fetch(request);
  };
  const password = simulator.logins['root@pam'] ?? '';
  const [wire, calls] = [scribe(), scribe()];
  const { clock } = simulator;
  const login = { kind: 'password', user: 'root@pam', password } as const;
  const api = new Api({ send, login, clock, watch: wire.watch });
  await api.behind(openDoor, calls.watch).get(path`/version`);
  expect(wire.lines).toEqual([
    'POST /api2/json/access/ticket 200',
    'GET /api2/json/version 401',
    'POST /api2/json/access/ticket 200',
    'GET /api2/json/version 200',
  ]);
  expect(calls.lines).toEqual(['GET /api2/json/version 200 again 1']);
});
