import { path } from '../../src/api/path.ts';
import { createClient } from '../../src/client.ts';
import type { CallFault, Fault } from '../../src/simulator/faults.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';

/** Calls on VMs that run. */
export const start = path`/nodes/pve1/qemu/${102}/status/start`;
export const stop = path`/nodes/pve1/qemu/${100}/status/stop`;
export const config = path`/nodes/pve1/qemu/${100}/config`;

/** A client at the demo's cluster, in which these faults strike; `sent` are the calls that came through the login. */
export function lab(...faults: Fault[]) {
  const simulator = createSimulator({ seed: 'demo', faults });
  const { clock, logins, world, received } = simulator;
  const send = simulator.fetch;
  const byToken = (tokenId: string) => createClient({ send, clock, tokenId, secret: logins[tokenId] ?? '' });
  const byPassword = (user: string) => createClient({ send, clock, user, password: logins[user] ?? '' });
  const sent = (verb: string, at: string) =>
    received.filter((one) => one.method === verb && one.path === `/api2/json${at}` && one.login !== undefined)
      .length;
  const tasks = (type: string) =>
    world.tasks.of('pve1').filter((task) => task.type === type && task.starttime >= begun);
  const begun = world.seconds();
  return { simulator, world, clock, client: byToken('root@pam!full'), byToken, byPassword, sent, tasks };
}

/** A fault that strikes the first change. */
export const onChange = (name: CallFault, more: Partial<Fault> = {}): Fault =>
  ({ name, on: 'POST|PUT|DELETE /nodes/**', ...more }) as Fault;
