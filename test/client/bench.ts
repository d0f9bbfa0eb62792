// What the suite works on: a node, guests and names that are its own, and the list of what is to be taken away again.
import { randomUUID } from 'node:crypto';
import { path } from '../../src/api/path.ts';
import type { Client } from '../../src/client.ts';
import { Failure } from '../../src/failure.ts';
import type { Task } from '../../src/pve/tasks.ts';

/** Who answers. Opened once for each test, so that none depends on another. */
export interface Target {
  /** May do everything that the suite does. */
  client: Client;
  /** The same server for somebody with these credentials. */
  as(login: { tokenId: string; secret: string } | { user: string; password: string }): Client;
  /** The user behind `client`: `root@pam`. */
  user: string;
  /** Where guests are made; the first node that is online if absent. */
  node?: string | undefined;
  close(): Promise<void>;
}

/** What everything that the suite makes is called. */
export const PREFIX = 'pmcp-test-';
/** Where its guests begin. */
const FIRST_VMID = 9000;

export interface Bench extends Pick<Target, 'client' | 'as' | 'user'> {
  /** Where guests are made. */
  node: string;
  /** Takes something away when the step is over, however it ends; the last first. What is gone already is fine. */
  later(what: string, remove: () => Promise<unknown>): void;
  /** The same for a guest, running or not. */
  laterGuest(vmid: number): void;
  /** A VMID from 9000 up that nothing has. */
  freeVmid(): Promise<number>;
  /** A VM without a disk, so that it takes no space, and without KVM, so that it runs on any machine. */
  newGuest(): Promise<number>;
  /** A user without any rights. */
  newUser(): Promise<{ user: string; password: string }>;
  power(vmid: number, word: 'start' | 'stop'): Promise<Task>;
}

/** Opens the target, lets the step work, and cleans up behind it. Throws what the step threw, else what remained. */
export async function withBench(
  open: () => Promise<Target>,
  step: (bench: Bench) => Promise<void>,
): Promise<void> {
  const target = await open();
  const removals: { what: string; remove: () => Promise<unknown> }[] = [];
  let failed: { error: unknown } | undefined;
  try {
    await step(await benchOf(target, (what, remove) => removals.push({ what, remove })));
  } catch (error) {
    failed = { error };
  }
  const left: string[] = [];
  for (const { what, remove } of removals.reverse()) {
    await remove().catch((error) => {
      if (!isGone(error)) left.push(`${what}: ${error.message}`);
    });
  }
  await target.close();
  const first = failed?.error instanceof Error ? `${failed.error.message}; ` : '';
  if (left.length > 0) throw new Error(`${first}left behind: ${left.join('; ')}`, { cause: failed?.error });
  if (failed) throw failed.error;
}

function isGone(error: unknown): boolean {
  return (
    error instanceof Failure && (error.code === 'not_found' || /does not exist|no such/.test(error.message))
  );
}

async function benchOf(target: Target, later: Bench['later']): Promise<Bench> {
  const { client, as, user } = target;
  const node = target.node ?? (await firstNode(client));
  const taken = new Set<number>();

  const power: Bench['power'] = async (vmid, word) =>
    client.tasks.wait(await client.post<string>(path`/nodes/${node}/qemu/${vmid}/status/${word}`));
  const laterGuest = (vmid: number) => later(`VM ${vmid}`, () => removeGuest(client, node, vmid));
  const freeVmid = async () => {
    const guests = await client.get<{ vmid: number }[]>(path`/cluster/resources`, { type: 'vm' });
    for (const { vmid } of guests) taken.add(vmid);
    let vmid = FIRST_VMID;
    while (taken.has(vmid) || (await isTaken(client, vmid))) vmid++;
    taken.add(vmid);
    return vmid;
  };

  return {
    ...{ client, as, user, node, later, laterGuest, freeVmid, power },
    async newGuest() {
      const vmid = await freeVmid();
      const facts = { vmid, name: `${PREFIX}${vmid}`, memory: 128, cores: 1, kvm: 0 };
      const upid = await client.post<string>(path`/nodes/${node}/qemu`, facts);
      laterGuest(vmid);
      await client.tasks.wait(upid);
      return vmid;
    },
    async newUser() {
      const login = { user: `${PREFIX}${await freeVmid()}@pve`, password: randomUUID() };
      later(login.user, () => client.delete(path`/access/users/${login.user}`));
      await client.post(path`/access/users`, {
        userid: login.user,
        password: login.password,
        comment: PREFIX,
      });
      return login;
    },
  };
}

async function firstNode(client: Client): Promise<string> {
  const nodes = await client.get<{ node: string; status: string }[]>(path`/nodes`);
  const names = nodes.filter(({ status }) => status === 'online').map(({ node }) => node);
  const [first] = names.sort();
  if (first === undefined) throw new Error('no node is online');
  return first;
}

/** `/cluster/resources` is up to ten seconds late, and shows nobody what he may not see. */
async function isTaken(client: Client, vmid: number): Promise<boolean> {
  try {
    await client.get(path`/cluster/nextid`, { vmid });
    return false;
  } catch (error) {
    if (error instanceof Failure && error.details.status === 400) return true;
    throw error;
  }
}

/** Only a guest that bears the suite's name is touched. */
async function removeGuest(client: Client, node: string, vmid: number): Promise<void> {
  const at = path`/nodes/${node}/qemu/${vmid}`;
  const config = await client.get<{ name?: string }>(path`/nodes/${node}/qemu/${vmid}/config`);
  if (!config.name?.startsWith(PREFIX)) throw new Error(`VM ${vmid} is called ${config.name}`);
  await client.tasks.wait(await client.post<string>(path`/nodes/${node}/qemu/${vmid}/status/stop`));
  await client.tasks.wait(await client.delete<string>(at));
}
