import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { Catalog } from '../schema/catalog.ts';
import type { Method } from '../schema/method.ts';
import { pveCatalog } from '../schema/pve-catalog.ts';
import { type Fault, isFileFault } from './faults.ts';
import { routes } from './routes/all.ts';
import { rootIndex } from './routes/root.ts';
import { versionRoutesOf } from './routes/version.ts';
import { type SeedName, seedWorld } from './seeds/seed.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { answerRequest, type Watch } from './wire/answer-request.ts';
import { FaultPlan } from './wire/fault-plan.ts';
import { fetchFrom, upgradeFrom } from './wire/fetch.ts';
import { createFiles } from './wire/files.ts';
import { type Listening, listen } from './wire/listen.ts';
import type { Incoming, WireRequest, WireResponse } from './wire/message.ts';
import { type Received, writeDown } from './wire/received.ts';
import type { Clock } from './world/clock.ts';
import type { World } from './world/world.ts';

export interface SimulatorOptions {
  /** The cluster to start from; `demo` by default. */
  seed?: SeedName;
  /** A cluster of so many guests, fifty to a node, instead of the seed's. */
  scale?: number;
  /** A virtual clock by default, on which nobody ever waits. Give it a real one for a server that people use. */
  clock?: Clock;
  /** What goes wrong, and when; nothing by default. */
  faults?: readonly Fault[];
  /** Whether passwords and token secrets are made up anew, instead of the seeds' well-known ones. */
  random?: boolean;
  /**
   * A release after 9.2, with methods that 9.2 lacks: the API description tells of them, and a call of one passes login,
   * privileges and parameters before it ends in 501.
   */
  newer?: { version: string; methods: readonly Method[] };
}

/** A Proxmox VE 9.2 cluster in this process. */
export interface Simulator {
  /**
   * Answers one request without a socket, exactly as a server would over one. Rejects with the signal's reason when it
   * aborts (the request may still have its effect), and with an `ECONNRESET` error where Proxmox drops the connection.
   */
  fetch(request: WireRequest): Promise<WireResponse>;
  /** Asks for a websocket without a socket: the bare connection once the cluster leaves HTTP, else its answer. */
  upgrade(request: WireRequest): Promise<{ socket: Duplex; headers: Record<string, string> } | WireResponse>;
  /** Serves the same cluster as a real HTTPS server, by default on a free port of 127.0.0.1. */
  listen(where?: { host?: string; port?: number }): Promise<Listening>;
  /** What time it is in the cluster. */
  clock: Clock;
  /** The same clock where it is virtual, for moving time by hand. */
  virtualClock: VirtualClock | undefined;
  /** The cluster itself, to look at and to change behind the API's back. */
  world: World;
  /** The last thousand requests that came, oldest first. */
  received: readonly Received[];
  /** Every way in at this moment: the password of each `user@realm`, the secret of each `user@realm!token`. */
  readonly logins: Readonly<Record<string, string>>;
}

/** Makes a cluster. Two of the same options and starting time are the same, unless `random` is set. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const { seed = 'demo', scale = 0, random = false, faults = [], newer } = options;
  const virtualClock = options.clock ? undefined : createVirtualClock();
  const clock = options.clock ?? (virtualClock as VirtualClock);
  const world = seedWorld(seed, { clock, scale });
  if (random) world.access.useSecretsFrom(randomUUID);

  const received: Received[] = [];
  const described = newer ? new Catalog([...pveCatalog().methods, ...newer.methods]) : pveCatalog();
  const catalog = new Catalog([rootIndex, ...described.methods]);
  const cluster = {
    world,
    catalog,
    routes: newer ? { ...routes, ...versionRoutesOf(newer.version) } : routes,
  };
  const files = createFiles(described, faults.map(({ name }) => name).find(isFileFault));
  const ofCalls = faults.filter(({ name }) => !isFileFault(name));
  const plan = ofCalls.length > 0 ? new FaultPlan(ofCalls, world) : undefined;
  const watch: Watch = (incoming, path) => writeDown(received, incoming, path);
  const respond = (request: Incoming) => answerRequest(request, cluster, files, watch, plan);

  return {
    clock,
    virtualClock,
    world,
    received,
    fetch: (request) => fetchFrom(respond, request, clock),
    upgrade: (request) => upgradeFrom(respond, request, clock),
    async listen({ host = '127.0.0.1', port = 0 } = {}) {
      const listening = await listen(respond, () => clock.now(), host, port);
      plan?.onNewCertificate(listening.renewCertificate);
      return listening;
    },
    get logins() {
      return loginsOf(world);
    },
  };
}

function loginsOf(world: World): Record<string, string> {
  const logins: Record<string, string> = {};
  for (const { userid, password, tokens } of world.access.users.values()) {
    if (password !== undefined) logins[userid] = password;
    for (const [tokenid, { secret }] of tokens) logins[`${userid}!${tokenid}`] = secret;
  }
  return logins;
}
