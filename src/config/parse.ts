import type * as z from 'zod';
import { openPolicy, type Policy } from '../api/gate/policy.ts';
import { Failure } from '../failure.ts';
import { type AccessConfig, readAccess } from './access.ts';
import { checkLogins, type LoginConfig, type LoginsConfig } from './logins.ts';
import { readLogin } from './proxmox-login.ts';
import { readSetting, type Sources } from './read-setting.ts';
import { settings } from './settings.ts';

type Table = typeof settings;
type Optional<Key extends keyof Table> = z.output<Table[Key]['schema']> | undefined;
type Given<Key extends keyof Table> = z.output<Table[Key]['schema']>;

/** Where Proxmox is and how to speak to it. */
export interface ProxmoxConfig {
  /** `https://host:port`, one for each host of the cluster. */
  urls: readonly string[];
  login: LoginConfig;
  verifySsl: boolean;
  /** Contents of the CA file (PEM). */
  ca: string | undefined;
  /** Certificates to trust, and no others. */
  fingerprint: readonly string[] | undefined;
  /** An HTTP proxy, and what is reached without it. */
  proxy: string | undefined;
  noProxy: string;
  timeoutMs: number;
}

/** A Redis or Valkey that several replicas share. */
export interface StoreConfig {
  /** `redis://` or `rediss://`, with the login. */
  url: string;
  /** What signs what is kept there; undefined: a key that it keeps itself. */
  key: string | undefined;
}

/** All settings, read once. `proxmox` is absent when the simulated cluster stands in. */
export interface Config {
  proxmox: ProxmoxConfig | undefined;
  transport: Given<'transport'>;
  host: string;
  port: number;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  /** Whose word about where a request came from counts: addresses and networks. */
  trustedProxies: readonly string[];
  /** What stands before every path outside: `/proxmox`, or nothing. */
  pathPrefix: string;
  /** Who sees the figures for Prometheus. */
  metrics: Given<'metrics'>;
  /** How much each caller over HTTP may ask for, and how long. Undefined: as `access` makes it wise. */
  limits: {
    perMinute: number | undefined;
    concurrent: number | undefined;
    sessionIdleMs: number;
    sessionMaxMs: number;
  };
  /** Who may come in over HTTP. */
  access: AccessConfig;
  /** Who acts at Proxmox for whom; nobody but the login of `proxmox` where it is empty. */
  logins: LoginsConfig;
  /** Which tools are wanted; all where both lists are empty. */
  choice: { toolsets: readonly string[]; tools: readonly string[] };
  policy: Policy;
  /** The operator's own secret, where approving over HTTP is wanted. */
  approveSecret: string | undefined;
  publicUrl: string | undefined;
  /** Undefined where neither it nor a home is known: then nothing can be kept, and so nothing changed. */
  stateDir: string | undefined;
  /** What replicas share is there, and not in the state folder. */
  store: StoreConfig | undefined;
  logLevel: Given<'logLevel'>;
}

/** Reads every setting, and reports everything that is wrong with them at once. */
export function parseConfig(sources: Sources): Readonly<Config> {
  const problems: string[] = [];
  /** Those that are there, but not as they should be. */
  const wrong = new Set<keyof Table>();
  const read = <Key extends keyof Table>(key: Key): Optional<Key> => {
    const before = problems.length;
    const value = readSetting(settings[key], sources, problems) as Optional<Key>;
    if (problems.length > before) wrong.add(key);
    return value;
  };
  const values = {
    urls: read('url'),
    user: read('user'),
    tokenId: read('tokenId'),
    password: read('password'),
    verifySsl: read('verifySsl') ?? true,
    caFile: read('caFile'),
    fingerprint: read('fingerprint'),
    proxy: read('proxy'),
    noProxy: read('noProxy') ?? 'localhost, 127.0.0.0/8, ::1',
    timeout: read('timeout') ?? 30,
  };
  const demo = read('demo') ?? false;
  const transport = read('transport') ?? 'stdio';
  const host = read('host') ?? '127.0.0.1';
  const publicUrl = read('publicUrl');
  const config: Config = {
    proxmox: undefined,
    transport,
    host,
    port: read('port') ?? 8000,
    allowedHosts: read('allowedHosts') ?? [],
    allowedOrigins: read('allowedOrigins') ?? [],
    trustedProxies: read('trustedProxies') ?? [],
    pathPrefix: read('pathPrefix') ?? pathOf(publicUrl),
    metrics: read('metrics') ?? 'token',
    limits: {
      perMinute: read('rateLimit'),
      concurrent: read('concurrency'),
      sessionIdleMs: (read('sessionIdle') ?? 3600) * 1000,
      sessionMaxMs: (read('sessionMax') ?? 86_400) * 1000,
    },
    access: readAccess(
      {
        http: transport === 'http',
        host,
        auth: read('auth'),
        tokens: read('authTokens'),
        issuer: read('oauthIssuer'),
        audience: read('oauthAudience'),
        jwksUrl: read('oauthJwksUrl'),
        scopePrefix: read('oauthScopePrefix'),
      },
      problems,
    ),
    logins: { own: read('logins') ?? new Map(), others: read('loginsOthers') ?? 'refuse' },
    choice: { toolsets: read('toolsets') ?? [], tools: read('tools') ?? [] },
    policy: {
      readOnly: read('readOnly') ?? openPolicy.readOnly,
      allow: read('allow') ?? openPolicy.allow,
      deny: read('deny') ?? openPolicy.deny,
      protect: read('protect') ?? openPolicy.protect,
      approve: read('approve') ?? openPolicy.approve,
    },
    approveSecret: read('approveSecret'),
    publicUrl,
    stateDir: read('stateDir') ?? defaultStateDir(sources.env),
    store: readStore(read('store'), read('storeKey'), problems),
    logLevel: read('logLevel') ?? 'info',
  };
  const { access, logins } = config;
  checkLogins(logins, { demo, http: transport === 'http', tokens: access.tokens }, problems);
  if (demo) {
    fail(problems);
    return Object.freeze(config);
  }

  const ca = values.caFile === undefined ? undefined : readCa(values.caFile, sources, problems);
  const { urls } = values;
  if (urls === undefined && !wrong.has('url')) problems.push('PROXMOX_URL is missing (the Proxmox server)');
  const login = readLogin(values, wrong, problems);
  fail(problems);
  if (urls === undefined || login === undefined) throw new Error('unreachable');

  const { verifySsl, fingerprint, proxy, noProxy } = values;
  const timeoutMs = values.timeout * 1000;
  config.proxmox = { urls, login, verifySsl, ca, fingerprint, proxy, noProxy, timeoutMs };
  return Object.freeze(config);
}

/** Without a slash at its end. */
function pathOf(url: string | undefined): string {
  return url === undefined ? '' : new URL(url).pathname.replace(/\/+$/, '');
}

function readStore(
  url: string | undefined,
  key: string | undefined,
  problems: string[],
): StoreConfig | undefined {
  const isWrong = problems.some((problem) => problem.startsWith('MCP_STORE'));
  if (key !== undefined && url === undefined && !isWrong)
    problems.push('MCP_STORE is missing (what MCP_STORE_KEY is to sign)');
  return url === undefined ? undefined : { url, key };
}

/** Where programs keep their state (XDG). */
function defaultStateDir(env: Sources['env']): string | undefined {
  if (env.XDG_STATE_HOME) return `${env.XDG_STATE_HOME}/proxmox-mcp`;
  return env.HOME ? `${env.HOME}/.local/state/proxmox-mcp` : undefined;
}

function readCa(path: string, sources: Sources, problems: string[]): string | undefined {
  try {
    const pem = sources.readFile(path);
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
    problems.push(`PROXMOX_CA_FILE: ${path} holds no PEM certificate`);
  } catch (error) {
    problems.push(
      `PROXMOX_CA_FILE: cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`,
    );
  }
  return undefined;
}

/** Says everything that is wrong, if anything is. */
export function fail(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const intro = problems.length === 1 ? 'A setting is' : `${problems.length} settings are`;
  throw new Failure(
    'config',
    `${intro} missing or wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    'Set them in the environment, as flags, or in a file with --env-file; `proxmox-mcp init` makes a login and writes that file. ' +
      'To try it without a Proxmox server: proxmox-mcp --demo. All settings: proxmox-mcp --help.',
  );
}
