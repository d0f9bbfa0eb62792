import * as z from 'zod';
import { parseCallPattern, parseProtection } from '../api/gate/policy.ts';
import { accessSettings } from './access-settings.ts';
import { proxmoxUrls } from './proxmox-url.ts';
import { hostPatterns, list, listOf, setting, wholeNumber, yesOrNo } from './setting.ts';
import { storeUrl } from './store-url.ts';

/** Every setting there is, in the order that help and docs show them. */
export const settings = {
  url: setting({
    env: 'PROXMOX_URL',
    aliases: ['PROXMOX_HOST'],
    mayHoldSecret: true,
    flag: 'url',
    schema: z.string().transform(proxmoxUrls),
    shape: 'host, host:port or https URL',
    help: 'The Proxmox server. The port is 8006 unless given. Several hosts of one cluster: a comma list; the next is asked when one cannot be reached.',
  }),
  user: setting({
    env: 'PROXMOX_USER',
    mayHoldSecret: true,
    flag: 'user',
    schema: z
      .string()
      .regex(/^[^\s:/@!]+@[A-Za-z][\w.-]*$/, { error: 'expected user@realm, for example root@pam' }),
    shape: 'user@realm',
    help: 'Who logs in.',
  }),
  tokenId: setting({
    env: 'PROXMOX_TOKEN_ID',
    mayHoldSecret: true,
    flag: 'token-id',
    schema: z.string().regex(/^([^\s:/@!]+@[A-Za-z][\w.-]*!)?[A-Za-z][\w.-]*$/, {
      error: "expected the token's name, or user@realm!name; its secret belongs into PROXMOX_PASSWORD",
    }),
    shape: 'name or user@realm!name',
    help: "The API token's name. Empty: log in with the password.",
  }),
  password: setting({
    env: 'PROXMOX_PASSWORD',
    aliases: ['PROXMOX_TOKEN_SECRET', 'PROXMOX_TOKEN_VALUE'],
    secret: true,
    schema: z.string().regex(/^[^\p{Cc}]+$/u, { error: 'holds a control character or line break' }),
    shape: 'secret',
    help: "The API token's secret, or the password.",
  }),
  verifySsl: setting({
    env: 'PROXMOX_VERIFY_SSL',
    flag: 'verify-ssl',
    schema: yesOrNo,
    shape: 'true or false',
    default: 'true',
    help: "Whether the server's certificate must be trusted.",
  }),
  caFile: setting({
    env: 'PROXMOX_CA_FILE',
    flag: 'ca-file',
    schema: z.string(),
    shape: 'path',
    help: 'Trust certificates that this CA (PEM) has signed. On a node: /etc/pve/pve-root-ca.pem.',
  }),
  fingerprint: setting({
    env: 'PROXMOX_FINGERPRINT',
    flag: 'fingerprint',
    schema: list
      .transform((entries) => entries.map((text) => text.replaceAll(':', '').toUpperCase()))
      .refine((entries) => entries.every((hex) => /^[0-9A-F]{64}$/.test(hex)), {
        error: 'expected a SHA-256 fingerprint: 32 pairs of hex digits',
      }),
    shape: 'SHA-256',
    help: 'Trust this one certificate and no other; checked on every connection before anything is sent. Several hosts: a comma list.',
  }),
  proxy: setting({
    env: 'PROXMOX_PROXY',
    aliases: ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'],
    mayHoldSecret: true,
    secret: true,
    schema: z.string().regex(/^(https?:\/\/)?[^\s/]+\/?$/i, { error: 'expected http://host:port' }),
    shape: 'http://host:port',
    help: 'Reach Proxmox through this HTTP proxy (CONNECT). The certificate of Proxmox is checked all the same.',
  }),
  noProxy: setting({
    env: 'NO_PROXY',
    aliases: ['no_proxy'],
    schema: z.string(),
    shape: 'host, .domain, network',
    default: 'localhost, 127.0.0.0/8, ::1',
    help: 'What is reached without the proxy; * is everything.',
  }),
  timeout: setting({
    env: 'PROXMOX_TIMEOUT',
    flag: 'timeout',
    schema: wholeNumber(1, 3600),
    shape: 'seconds',
    default: '30',
    help: 'How long to wait for an answer of Proxmox.',
  }),
  demo: setting({
    env: 'MCP_DEMO',
    flag: 'demo',
    isSwitch: true,
    schema: yesOrNo,
    shape: 'true or false',
    default: 'false',
    help: 'Put a simulated cluster behind the server instead of a real one.',
  }),
  transport: setting({
    env: 'MCP_TRANSPORT',
    flag: 'transport',
    schema: z.enum(['stdio', 'http'], { error: 'expected stdio or http' }),
    shape: 'stdio or http',
    default: 'stdio',
    help: 'How clients reach this server. http serves /mcp (Streamable HTTP) and /sse (HTTP+SSE).',
  }),
  host: setting({
    env: 'MCP_HOST',
    flag: 'host',
    schema: z.string().regex(/^[\w.:-]+$/, { error: 'expected an address or host name' }),
    shape: 'address',
    default: '127.0.0.1',
    help: 'Where http listens.',
  }),
  port: setting({
    env: 'MCP_PORT',
    flag: 'port',
    schema: wholeNumber(0, 65535),
    shape: 'number',
    default: '8000',
    help: 'Where http listens; 0 takes a free one.',
  }),
  allowedHosts: setting({
    env: 'MCP_ALLOWED_HOSTS',
    flag: 'allowed-hosts',
    schema: hostPatterns,
    shape: 'host, host:port, host:*',
    help: 'Names under which http may be reached (the Host header), beside loopback.',
  }),
  allowedOrigins: setting({
    env: 'MCP_ALLOWED_ORIGINS',
    flag: 'allowed-origins',
    schema: hostPatterns,
    shape: 'host, host:port, host:*',
    help: 'Web pages that may call http (the Origin header), beside loopback.',
  }),
  ...accessSettings,
  readOnly: setting({
    env: 'MCP_READ_ONLY',
    flag: 'read-only',
    isSwitch: true,
    schema: yesOrNo,
    shape: 'true or false',
    default: 'false',
    help: 'Only read, whatever else is set.',
  }),
  allow: setting({
    env: 'MCP_ALLOW',
    flag: 'allow',
    schema: listOf(parseCallPattern),
    shape: 'METHOD /path, …',
    help: 'The only calls that are allowed: * is one word of a path, ** any rest. Empty: all.',
  }),
  deny: setting({
    env: 'MCP_DENY',
    flag: 'deny',
    schema: listOf(parseCallPattern),
    shape: 'METHOD /path, …',
    help: 'Calls that are refused, also where MCP_ALLOW has them.',
  }),
  protect: setting({
    env: 'MCP_PROTECT',
    flag: 'protect',
    schema: listOf(parseProtection),
    shape: '100, 100-199, tag:name, pool:name, node:name',
    help: 'Guests that are never changed, by whatever call.',
  }),
  approve: setting({
    env: 'MCP_APPROVE',
    flag: 'approve',
    schema: z.enum(['never', 'danger', 'change'], { error: 'expected never, danger or change' }),
    shape: 'never, danger or change',
    default: 'danger',
    help: 'From which effect on a person must approve a call before it is made.',
  }),
  approveSecret: setting({
    env: 'MCP_APPROVE_SECRET',
    secret: true,
    schema: z.string().min(12, { error: 'must have at least 12 characters' }),
    shape: 'secret',
    help: "The operator's own: opens the page on which plans are approved, over HTTP.",
  }),
  publicUrl: setting({
    env: 'MCP_PUBLIC_URL',
    flag: 'public-url',
    schema: z
      .string()
      .regex(/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/, { error: 'expected https://host[/path]' }),
    shape: 'https://host[/path]',
    help: 'How people reach this server, for links to the approval page. Default: where it listens.',
  }),
  stateDir: setting({
    env: 'MCP_STATE_DIR',
    flag: 'state-dir',
    schema: z.string(),
    shape: 'path',
    default: '~/.local/state/proxmox-mcp',
    help: "Where the ledger, waiting plans and the server's API description are kept.",
  }),
  store: setting({
    env: 'MCP_STORE',
    secret: true,
    schema: storeUrl,
    shape: 'redis://[user:password@]host[:port][/database]',
    help: 'Redis or Valkey, where several replicas keep what they share, instead of files; rediss:// is TLS.',
  }),
  storeKey: setting({
    env: 'MCP_STORE_KEY',
    secret: true,
    schema: z.string().min(32, { error: 'must have at least 32 characters' }),
    shape: 'secret',
    help: 'Signs the plans in MCP_STORE, the same for all replicas. Default: a key that is kept there too.',
  }),
  logLevel: setting({
    env: 'LOG_LEVEL',
    flag: 'log-level',
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'expected fatal, error, warn, info, debug, trace or silent',
    }),
    shape: 'word',
    default: 'info',
    help: 'How much is logged, to stderr.',
  }),
} as const;
