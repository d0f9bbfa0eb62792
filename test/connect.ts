import {
  Client,
  type ClientCapabilities,
  SSEClientTransport,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as OldSse } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as OldStreamable } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { onTestFinished } from 'vitest';
import { Api } from '../src/api/api.ts';
import type { PlanStore } from '../src/api/gate/plan.ts';
import { openPolicy, type Policy } from '../src/api/gate/policy.ts';
import { LiveSchema } from '../src/api/live-schema.ts';
import type { Send } from '../src/api/wire.ts';
import { approvalWays } from '../src/cli/waiting-plans.ts';
import type { Effect } from '../src/schema/effect.ts';
import { clusterBehindGate } from '../src/server/cluster.ts';
import { createServerFactory } from '../src/server/mcp-server.ts';
import { createSimulator, type Simulator } from '../src/simulator/simulator.ts';
import { FilePlans } from '../src/state/file-plans.ts';
import { MemoryLedger } from '../src/state/memory-ledger.ts';
import { MemoryPlans } from '../src/state/memory-plans.ts';
import { tools as allTools } from '../src/tools/all.ts';
import { availableTools } from '../src/tools/available.ts';
import type { Tool } from '../src/tools/tool.ts';
import { MemoryBuckets } from '../src/transports/auth/buckets.ts';
import { type AccessTokens, Doorkeeper } from '../src/transports/auth/doorkeeper.ts';
import { Limits, type LimitsOptions } from '../src/transports/auth/limits.ts';
import type { NamedToken } from '../src/transports/auth/static-tokens.ts';
import { type HttpHandle, serveHttp } from '../src/transports/http.ts';
import { Proxies } from '../src/transports/proxies.ts';
import type { SessionTimes } from '../src/transports/streamable-session.ts';

export const info = { name: 'test', version: '1' };

/** What a tool answered. */
export interface Answer {
  text: string;
  data: Record<string, unknown> | undefined;
  isError: boolean;
}

/** A server in front of a simulated cluster, closed when the test is over. */
export interface Served {
  http: HttpHandle;
  simulator: Simulator;
  /** Mistakes of the server's own; a test that expects none checks that this is empty. */
  mistakes: unknown[];
  ledger: MemoryLedger;
  plans: PlanStore;
}

/** How a client comes in: which SDK line it is built with, and over what. */
export type Way = 'modern' | 'streamable' | 'sse' | 'old streamable' | 'old sse';
export const WAYS: readonly Way[] = ['modern', 'streamable', 'sse', 'old streamable', 'old sse'];

export interface ServeOptions {
  /** Instead of the house's own. */
  tools?: readonly Tool[];
  seed?: 'demo' | 'tiny';
  simulator?: Simulator;
  /** The token that the server logs in with: the one with every privilege unless given. */
  token?: 'root@pam!full' | 'monitor@pve!ro';
  /** Stands between the server and the simulator, for what a simulator does not do. */
  send?: Send;
  /** What the gate allows; here nobody must approve anything unless a test says so. */
  policy?: Partial<Policy>;
  /** Where plans are kept, and can be approved by command: in memory unless given. */
  stateDir?: string;
  /** The operator's, where plans are approved on the page. */
  approveSecret?: string;
  /** How far whoever asks may go, where nobody has to log in here. */
  scope?: Effect;
  /** Who may come in: whoever reaches the server, unless given. */
  tokens?: readonly NamedToken[];
  oauth?: AccessTokens;
  limits?: Pick<LimitsOptions, 'perMinute' | 'concurrent'>;
  times?: SessionTimes;
  trustedProxies?: readonly string[];
  prefix?: string;
  requestTimeoutMs?: number;
  allowedHosts?: string[];
  allowedOrigins?: string[];
}

/** Serves the house over HTTP: MCP server -> tools -> api -> simulator on a virtual clock. */
export async function served(options: ServeOptions = {}): Promise<Served> {
  const simulator = options.simulator ?? createSimulator({ seed: options.seed ?? 'tiny' });
  const tokenId = options.token ?? 'root@pam!full';
  const [user = '', tokenName = ''] = tokenId.split('!');
  const login = { kind: 'token', user, tokenName, secret: simulator.logins[tokenId] ?? '' } as const;
  const { clock } = simulator;
  const api = new Api({ send: options.send ?? simulator.fetch, login, clock });
  const policy: Policy = { ...openPolicy, approve: 'never', ...options.policy };
  const ledger = new MemoryLedger();
  const { stateDir, approveSecret } = options;
  const plans = stateDir === undefined ? new MemoryPlans(clock) : new FilePlans({ stateDir, clock });
  const open = clusterBehindGate({
    api,
    clock,
    plans,
    ledger,
    server: 'test',
    login: tokenId,
    policy,
    ways: approvalWays({ stateDir, approveSecret }, (id) => `${http.url}/approve/${id}`),
    schema: new LiveSchema({ api, cache: undefined, clock, host: 'test' }),
  });
  const now = () => clock.now();
  const buckets = new MemoryBuckets(now);
  const limits = options.limits && new Limits({ ...options.limits, buckets });
  const { tokens, oauth } = options;
  const proxies = new Proxies(options.trustedProxies ?? []);
  const doorkeeper =
    (tokens ?? oauth) &&
    new Doorkeeper({
      tokens: tokens ?? [],
      ...(oauth && { oauth }),
      now,
      buckets,
      addressOf: (request) => proxies.originOf(request).address,
    });
  const mistakes: unknown[] = [];
  const note = (error: unknown) => mistakes.push(error);
  const factory = createServerFactory({
    tools: availableTools(options.tools ?? allTools, policy),
    version: '0.0.0-test',
    who: { name: 'tester', scope: options.scope ?? 'danger' },
    open: async () => open,
    onCall: ({ identity }) => limits?.begin(identity) ?? (() => {}),
    onInternalError: note,
    onProtocolError: () => {},
  });
  const http: HttpHandle = await serveHttp({
    factory,
    host: '127.0.0.1',
    port: 0,
    version: '0.0.0-test',
    allowedHosts: options.allowedHosts ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
    onError: note,
    ...(doorkeeper && { doorkeeper }),
    ...{ proxies, prefix: options.prefix ?? '' },
    ...(limits && { limits }),
    ...(options.times && { times: options.times }),
    ...(approveSecret && {
      approval: { secret: approveSecret, plans: async () => plans, now: () => clock.now() },
    }),
    ...(options.requestTimeoutMs !== undefined && { requestTimeoutMs: options.requestTimeoutMs }),
  });
  onTestFinished(() => http.close());
  return { http, simulator, mistakes, ledger, plans };
}

/** A real MCP client at the server's door. What it can do beside calling, its caller must make it do. */
export async function clientFor(
  url: string,
  way: Way = 'streamable',
  capabilities: ClientCapabilities = {},
  token?: string,
  headers: Record<string, string> = {},
): Promise<Client> {
  const client = way.startsWith('old')
    ? (new OldClient(info, { capabilities: capabilities as object }) as unknown as Client)
    : new Client(info, {
        capabilities,
        ...(way === 'modern' && { versionNegotiation: { mode: { pin: '2026-07-28' } } }),
      });
  const login = token === undefined ? {} : { authorization: `Bearer ${token}` };
  await client.connect(transportFor(url, way, { ...login, ...headers }));
  onTestFinished(() => client.close());
  return client;
}

function transportFor(
  url: string,
  way: Way,
  headers: Record<string, string>,
): Parameters<Client['connect']>[0] {
  const options = { requestInit: { headers } };
  switch (way) {
    case 'sse':
      return new SSEClientTransport(new URL(`${url}/sse`), options);
    case 'old sse':
      return new OldSse(new URL(`${url}/sse`), options) as unknown as SSEClientTransport;
    case 'old streamable':
      return new OldStreamable(new URL(`${url}/mcp`), options) as unknown as SSEClientTransport;
    default:
      return new StreamableHTTPClientTransport(new URL(`${url}/mcp`), options);
  }
}

/** Calls a tool and reads its answer as a client of any age would. */
export async function callTool(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
  onprogress?: (message: string) => void,
): Promise<Answer> {
  const options = onprogress && {
    onprogress: ({ message }: { message?: string | undefined }) => onprogress(message ?? ''),
  };
  const result = await client.callTool({ name, arguments: args }, ...oldSchema(client), options);
  const [first] = result.content as { type: string; text: string }[];
  return {
    text: first?.text ?? '',
    data: result.structuredContent as Record<string, unknown> | undefined,
    isError: result.isError === true,
  };
}

/** The old SDK takes a result schema before the options; none means its own. */
function oldSchema(client: Client): [] {
  return (client instanceof Client ? [] : [undefined]) as [];
}

/** All in one: a server, a client, and a way to call. */
export async function connect(options: ServeOptions & { way?: Way; bearer?: string } = {}) {
  const house = await served(options);
  const { http, simulator } = house;
  const client = await clientFor(http.url, options.way, {}, options.bearer);
  const call = (name: string, args?: Record<string, unknown>, onprogress?: (message: string) => void) =>
    callTool(client, name, args, onprogress);
  return { call, client, cluster: simulator.world, ...house };
}
