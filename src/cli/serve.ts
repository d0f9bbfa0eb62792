import type { Readable, Writable } from 'node:stream';
import type { Caller } from '../api/gate/caller.ts';
import { realClock } from '../clock.ts';
import type { Config } from '../config/parse.ts';
import { knownTools } from '../server/known-tools.ts';
import type { McpServerOptions } from '../server/mcp-server.ts';
import { createOpening } from '../server/opening.ts';
import type { ServerFactory } from '../server/server-factory.ts';
import type { ToolFacts } from '../server/tool-facts.ts';
import type { TraceCalls } from '../server/trace.ts';
import type { Who } from '../server/who.ts';
import type { TelemetrySettings } from '../telemetry/settings.ts';
import { availableTools } from '../tools/available.ts';
import { chosenTools } from '../tools/chosen.ts';
import type { HttpHandle } from '../transports/http.ts';
import { serveStdio } from '../transports/stdio.ts';
import { type Backend, createBackend } from './backend.ts';
import { cannotListen } from './cannot-listen.ts';
import { openBuckets, openDoor, openLimits, whoever } from './front-door.ts';
import type { Log } from './logger.ts';
import { RunningCalls } from './running-calls.ts';
import { version } from './version.ts';

/** How long running calls may take after the order to stop. */
const GRACE_MS = 10_000;

/** A running server. */
export interface Serving {
  /** Resolves when the server has ended by itself: on stdio, when the client closes its end. */
  ended: Promise<void>;
  /** Lets running calls finish (10 s at most), then closes every stream and connection. */
  stop(): Promise<void>;
}

/** Serves MCP on a pair of streams. What the first answers don't need is loaded after them. */
export function serveOnStdio(
  config: Config,
  log: Log,
  options: { input: Readable; output: Writable; telemetry: TelemetrySettings | undefined },
): Serving {
  const { telemetry: wanted, ...streams } = options;
  const watching = wanted && import('./telemetry.ts').then(({ watchStdio }) => watchStdio(wanted, log));
  const backend = createBackend(
    config,
    undefined,
    watching?.then(({ metrics }) => metrics),
  );
  const calls = new RunningCalls();
  const stdio = serveStdio({
    ...streams,
    opening: createOpening(offeredTools(knownTools, config), version),
    async load() {
      const { metrics, telemetry } = (await watching) ?? {};
      const begin = ({ tool }: Caller) => all(calls.begin(), metrics?.begin(tool));
      const who = { name: 'local', scope: 'danger' } as const;
      return loadServer(backend, config, who, begin, log, telemetry?.trace);
    },
    onError: (error) => log.warn({ err: error }, 'transport error'),
  });
  return {
    ended: stdio.closed,
    async stop() {
      stdio.pause();
      await calls.done(GRACE_MS);
      stdio.close();
      await (await watching)?.telemetry?.close();
      await backend.close();
    },
  };
}

/** Serves MCP over HTTP. Throws `Failure` when it can't listen. */
export async function serveOnHttp(
  config: Config,
  log: Log,
  wanted?: TelemetrySettings,
): Promise<Serving & { url: string }> {
  let base = config.publicUrl;
  let http: HttpHandle | undefined;
  const calls = new RunningCalls();
  const [{ Metrics }, { prometheusText }, { Readiness }, { Proxies }] = await Promise.all([
    import('../server/metrics.ts'),
    import('../server/prometheus.ts'),
    import('../server/readiness.ts'),
    import('../transports/proxies.ts'),
  ]);
  const page = config.metrics !== 'off';
  const metrics = page || wanted?.metrics ? new Metrics(realClock.now) : undefined;
  const gauges = () => {
    const { sessions = 0, sse = 0 } = http?.connections() ?? {};
    return { sessions, sse_streams: sse };
  };
  const telemetry =
    wanted &&
    (await import('./telemetry.ts')).openTelemetry(wanted, log, () => metrics?.families(gauges()) ?? []);
  const link = (id: string) => base && `${base.replace(/\/$/, '')}/approve/${id}`;
  const backend = createBackend(config, link, metrics);
  const buckets = await openBuckets(await backend.store(), log);
  const limits = await openLimits(config, buckets);
  const begin = ({ identity, tool }: Caller) => {
    return all(calls.begin(), limits.begin(identity), metrics?.begin(tool));
  };
  const proxies = new Proxies(config.trustedProxies);
  const readiness = new Readiness(backend.ping, realClock);
  const [factory, { serveHttp }] = await Promise.all([
    loadServer(backend, config, whoever(config), begin, log, telemetry?.trace),
    import('../transports/http.ts'),
  ]);
  const doorkeeper = await openDoor(config, proxies, buckets, log);
  const { host, port, allowedOrigins, approveSecret: secret } = config;
  // Who says where people reach this server has said that this is a name of it.
  const publicHost = config.publicUrl === undefined ? [] : [new URL(config.publicUrl).host];
  const allowedHosts = [...config.allowedHosts, ...publicHost];
  const approval = secret === undefined ? undefined : { secret, plans: backend.plans, now: realClock.now };
  const onError = (error: unknown) => log.warn({ err: error }, 'transport error');
  const served: HttpHandle = await serveHttp({
    ...{ factory, host, port, allowedHosts, allowedOrigins, version, onError },
    ...(approval && { approval }),
    ...(doorkeeper && { doorkeeper }),
    ...{ limits, proxies, prefix: config.pathPrefix },
    unready: () => readiness.reason(),
    ...(metrics && {
      ...(page && {
        metrics: { text: () => prometheusText(metrics.families(gauges())), open: config.metrics === 'open' },
      }),
      onDenied: (status: number) => metrics.count('denied_total', { status: String(status) }),
    }),
    times: { idleMs: config.limits.sessionIdleMs, maxMs: config.limits.sessionMaxMs },
  }).catch((error: NodeJS.ErrnoException) => {
    throw cannotListen(host, port, error);
  });
  http = served;
  base ??= `${served.url}${config.pathPrefix}`;
  const behind = config.proxmox?.urls.join(', ') ?? 'the simulated cluster';
  if (config.access.none)
    log.warn({ host }, 'MCP_AUTH is none: whoever reaches this address can use Proxmox through it');
  log.info(
    { url: served.url, proxmox: behind },
    'MCP is served at /mcp (Streamable HTTP) and /sse (HTTP+SSE)',
  );
  return {
    url: served.url,
    ended: new Promise(() => {}),
    async stop() {
      await served.drain();
      await calls.done(GRACE_MS);
      await served.close();
      await telemetry?.close();
      await backend.close();
    },
  };
}

/** The tools that the settings leave, of those that were asked for. */
function offeredTools<
  Known extends Pick<ToolFacts, 'name' | 'toolset' | 'core' | 'needs' | 'effect' | 'alsoReads'>,
>(tools: readonly Known[], { choice, policy }: Config): readonly Known[] {
  return availableTools(chosenTools(tools, choice), policy);
}

/** What is to be done at the end of a call. */
function all(...ends: (((code: string) => void) | undefined)[]): (code: string) => void {
  return (code) => {
    for (const end of ends) end?.(code);
  };
}

async function loadServer(
  backend: Backend,
  config: Config,
  who: Who,
  onCall: McpServerOptions['onCall'],
  log: Log,
  trace: TraceCalls | undefined,
): Promise<ServerFactory> {
  const [{ createServerFactory }, { tools }] = await Promise.all([
    import('../server/mcp-server.ts'),
    import('../tools/all.ts'),
  ]);
  return createServerFactory({
    tools: offeredTools(tools, config),
    version,
    who,
    open: backend.open,
    onCall,
    onInternalError: (error) => log.error({ err: error }, 'a tool call failed by our own mistake'),
    ...(trace && { trace }),
    onProtocolError: (error) => log.debug({ err: error }, 'protocol error'),
  });
}
