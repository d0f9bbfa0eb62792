import type { Api } from '../api/api.ts';
import type { Ledger } from '../api/gate/ledger.ts';
import type { PlanStore } from '../api/gate/plan.ts';
import type { ApprovalWays } from '../api/gate/ways.ts';
import type { SchemaCache } from '../api/live-schema.ts';
import { path } from '../api/path.ts';
import type { Watch } from '../api/watch.ts';
import type { Client } from '../client.ts';
import { realClock } from '../clock.ts';
import type { Config, ProxmoxConfig } from '../config/parse.ts';
import type { OpenCluster } from '../server/cluster.ts';
import type { Metrics } from '../server/metrics.ts';
import type { RedisStore } from '../state/redis/store.ts';
import { openStore } from './shared-store.ts';
import { approvalWays, openPlans } from './waiting-plans.ts';

/** The token with every privilege in the simulated cluster. */
const DEMO_TOKEN = { user: 'root@pam', tokenName: 'full' } as const;
const DEMO_TOKEN_ID = `${DEMO_TOKEN.user}!${DEMO_TOKEN.tokenName}`;

/** What stands behind the server: a real Proxmox, or the simulated cluster. */
export interface Backend {
  /** Opened at the first call, then the same for all. */
  open(): Promise<OpenCluster>;
  /** A call that needs nothing but a login. */
  ping(signal: AbortSignal): Promise<unknown>;
  /** Where plans wait for a person. */
  plans(): Promise<PlanStore>;
  /** What is shared with other replicas; undefined: nothing. */
  store(): Promise<RedisStore | undefined>;
  close(): Promise<void>;
}

interface Opened {
  open: OpenCluster;
  /** Without a door: for what asks nothing of anybody's. */
  api: Api;
  close(): Promise<void>;
}

/** A way to Proxmox, and what plans and the ledger call it. */
interface Way {
  api: Api;
  server: string;
  login: string;
  close(): Promise<void>;
}

/**
 * Loads what is needed to speak to Proxmox only when the first call comes: a server is often just asked for its tools.
 *
 * @param link of the page on which a plan is approved, where this server shows one
 * @param metrics where figures are wanted
 */
export function createBackend(
  config: Config,
  link?: (id: string) => string | undefined,
  metrics?: Metrics | Promise<Metrics | undefined>,
): Backend {
  let opened: Promise<Opened> | undefined;
  let waiting: Promise<PlanStore> | undefined;
  let shared: Promise<RedisStore | undefined> | undefined;
  const store = () => {
    shared ??= openStore(config);
    return shared;
  };
  const plans = () => {
    waiting ??= store().then((opened) => openPlans(config, opened));
    return waiting;
  };
  const ensure = () => {
    opened ??= Promise.resolve(metrics).then((metrics) =>
      openGated(config, plans, store, approvalWays(config, link), metrics),
    );
    return opened;
  };
  return {
    plans,
    store,
    open: async () => (await ensure()).open,
    // Behind what callers have asked for it would tell how long their queue is, not how Proxmox is.
    ping: async (signal) => (await ensure()).api.request('GET', path`/version`, {}, { signal, ahead: true }),
    // What could not be opened has nothing to close, and has said so at the call that wanted it.
    close: async () => {
      await (await opened?.catch(() => undefined))?.close();
      (await shared)?.close();
    },
  };
}

async function openGated(
  config: Config,
  waiting: () => Promise<PlanStore>,
  sharing: () => Promise<RedisStore | undefined>,
  ways: ApprovalWays,
  metrics: Metrics | undefined,
): Promise<Opened> {
  const [way, plans, store, { clusterBehindGate }, { LiveSchema }, { openLedger }] = await Promise.all([
    config.proxmox === undefined ? demoWay(metrics?.requests) : proxmoxWay(config.proxmox, metrics?.requests),
    waiting(),
    sharing(),
    import('../server/cluster.ts'),
    import('../api/live-schema.ts'),
    import('./open-ledger.ts'),
  ]);
  const { api, server, login } = way;
  const kept = await openLedger(config, { server, login }, store);
  const ledger = metrics === undefined ? kept : await counted(kept, metrics);
  // What the API is like is the same for all, whoever acts.
  const cache = await schemaCache(config, store);
  const schema = new LiveSchema({ api, cache, clock: realClock, host: server });
  const behind = ({ api, login }: Pick<Way, 'api' | 'login'>) =>
    clusterBehindGate({
      ...{ api, server, login, schema, plans, ways, ledger },
      policy: config.policy,
      clock: realClock,
    });
  const others: Way[] = [];
  const open = await openByIdentity(config, behind(way), metrics?.requests, (own) => {
    others.push(own);
    return behind(own);
  });
  const close = async () => {
    await Promise.all([way, ...others].map((each) => each.close()));
    await kept.close();
  };
  return { open, api, close };
}

async function counted(ledger: Ledger, metrics: Metrics): Promise<Ledger> {
  const { countedLedger } = await import('../server/counted-ledger.ts');
  return countedLedger(ledger, metrics);
}

/** Who acts for each caller, where the settings say so. */
async function openByIdentity(
  { proxmox, logins }: Config,
  usual: OpenCluster,
  watch: Watch | undefined,
  openOwn: (way: Way) => OpenCluster,
): Promise<OpenCluster> {
  if (proxmox === undefined || logins.own.size === 0) return usual;
  const [{ byIdentity }, { proxmoxClient }] = await Promise.all([
    import('../server/own-logins.ts'),
    import('./proxmox-client.ts'),
  ]);
  const own = [...logins.own].map(
    ([identity, login]) =>
      [
        identity,
        () => openOwn(clientWay(proxmoxClient({ ...proxmox, login }, watch), { ...proxmox, login })),
      ] as const,
  );
  return byIdentity(new Map(own), logins.others === 'default' ? usual : undefined);
}

/** None for the demo, whose description is no further away than a file. */
async function schemaCache(
  { proxmox, stateDir }: Config,
  store: RedisStore | undefined,
): Promise<SchemaCache | undefined> {
  if (proxmox === undefined) return undefined;
  if (store !== undefined) return store.schemas;
  if (stateDir === undefined) return undefined;
  const { FileSchemaCache } = await import('../state/schema-cache.ts');
  return new FileSchemaCache(stateDir);
}

async function proxmoxWay(settings: ProxmoxConfig, watch: Watch | undefined): Promise<Way> {
  const { proxmoxClient } = await import('./proxmox-client.ts');
  return clientWay(proxmoxClient(settings, watch), settings);
}

function clientWay(client: Client, { urls, login }: ProxmoxConfig): Way {
  return {
    api: client,
    server: urls[0] ?? '',
    login: login.kind === 'token' ? `${login.user}!${login.tokenName}` : login.user,
    close: () => client.close(),
  };
}

async function demoWay(watch: Watch | undefined): Promise<Way> {
  const [{ Api }, { createSimulator }] = await Promise.all([
    import('../api/api.ts'),
    import('../simulator/simulator.ts'),
  ]);
  const simulator = createSimulator({ seed: 'demo', clock: realClock });
  const api = new Api({
    send: simulator.fetch,
    login: { kind: 'token', ...DEMO_TOKEN, secret: simulator.logins[DEMO_TOKEN_ID] ?? '' },
    clock: realClock,
    ...(watch && { watch }),
  });
  return { api, server: 'demo', login: DEMO_TOKEN_ID, close: async () => {} };
}
