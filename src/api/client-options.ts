import { readFileSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import type { Login } from './auth.ts';
import { type Product, type ProductName, products } from './products.ts';
import type { PveshSettings } from './pvesh.ts';
import type { SecondFactor } from './second-factor.ts';
import { readServerUrl } from './server-url.ts';
import type { ClientCertificate, TrustSettings } from './tls.ts';
import type { Watch } from './watch.ts';
import type { Send } from './wire.ts';

/**
 * Where Proxmox is, who logs in, and how. A token needs `tokenId` and `secret`; a password `user` and `password`. What
 * ends in `File` is a path whose content is read once; a line break at its end is left out.
 */
export interface ClientOptions {
  /** `pve` where it is not said. */
  product?: ProductName;
  /**
   * `pve1.lan`, `pve1.lan:8006`, `[2001:db8::1]` or `https://proxy.lan/prefix`; the port is the product's own where none
   * is given. Several are hosts of one cluster, asked in this order when one can't be reached.
   */
  url?: string | readonly string[];
  /** `user@realm`. */
  user?: string;
  password?: string;
  passwordFile?: string;
  /** Asked when the user has a second factor. Without it such a login fails; API tokens need none. */
  secondFactor?: SecondFactor;
  /** `user@realm!name`, or the name alone beside `user`. */
  tokenId?: string;
  /** The API token's secret. */
  secret?: string;
  secretFile?: string;
  /** false: take any certificate. True where it is not said. */
  verify?: boolean;
  /** The only authorities to trust, as PEM; of PVE it is `/etc/pve/pve-root-ca.pem`. */
  ca?: string;
  caFile?: string;
  /** SHA-256 of the server's certificate, the only one to trust; of several hosts, a list. */
  fingerprint?: string | readonly string[];
  /** For a server or reverse proxy that asks for one, as PEM. */
  clientCertificate?: ClientCertificate;
  /** `http://proxy:3128`. The environment is not looked at: `HTTPS_PROXY` is yours to pass on. */
  proxy?: string;
  /** What is reached directly all the same, as in `NO_PROXY`. */
  noProxy?: string;
  /** How long to wait for an answer, in milliseconds: 30 000 where it is not said. */
  timeoutMs?: number;
  /** How many calls may go to one host at once; the others wait. 16 where it is not said. */
  connections?: number;
  /**
   * Proxmox VE's command line for its API instead of a server and a login: on this machine, a node, as root (`true`), or
   * over ssh. Then there is no `url`. See `PveshSettings` for what it can't do.
   */
  pvesh?: true | PveshSettings;
  /** Another way onto the wire, such as a simulator's `fetch`; then there is no `url`. */
  send?: Send;
  clock?: Clock;
  /** Told of every request and how it ended, for figures of your own. */
  watch?: Watch;
}

/** What of the options concerns the network. */
export interface Network extends TrustSettings {
  timeoutMs: number;
  connections?: number;
  proxy?: string;
  noProxy?: string;
}

/** The options, read. */
export interface ReadOptions {
  product: Product;
  login: Login;
  /** One for each host, each in its one spelling. */
  urls: string[];
  network: Network;
  pvesh?: PveshSettings;
}

const known: Record<keyof ClientOptions, true> = {
  ...{ product: true, url: true, user: true, password: true, passwordFile: true, secondFactor: true },
  ...{ tokenId: true, secret: true, secretFile: true, verify: true, ca: true, caFile: true },
  ...{ fingerprint: true, clientCertificate: true, proxy: true, noProxy: true, timeoutMs: true },
  ...{ connections: true, send: true, pvesh: true, clock: true, watch: true },
};

/**
 * Reads and checks the options, files among them. What only OpenSSL can tell (whether a certificate is whole) comes with
 * the first call.
 *
 * @throws Failure `config`, never with a secret in it
 */
export function readOptions(options: ClientOptions): ReadOptions {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    throw wrong(`There is no option ${unknown.slice(0, 60)}`, `There are: ${Object.keys(known).join(', ')}.`);
  }
  const name = options.product ?? 'pve';
  if (!Object.hasOwn(products, name)) {
    throw wrong(
      `There is no product ${String(name).slice(0, 60)}`,
      `There are: ${Object.keys(products).join(', ')}.`,
    );
  }
  const product = products[name];
  if (options.pvesh !== undefined) return readPvesh(options, options.pvesh, product);
  const urls = options.send === undefined ? readUrls(options.url, product) : [];
  if (options.send !== undefined && options.url !== undefined) {
    throw wrong('There is a url and a send', 'Give one of the two: send is instead of a server.');
  }
  return { product, login: readLogin(options, product), urls, network: readNetwork(options) };
}

/** What makes no sense beside pvesh, which acts as root@pam and has no network of its own. */
const beside = new Set(['product', 'pvesh', 'timeoutMs', 'clock', 'watch']);

function readPvesh(options: ClientOptions, pvesh: true | PveshSettings, product: Product): ReadOptions {
  const other = Object.entries(options).find(([name, value]) => value !== undefined && !beside.has(name));
  if (other !== undefined) {
    throw wrong(
      `There is a pvesh and a ${other[0]}`,
      'pvesh needs no login and takes no way but its own: leave it out.',
    );
  }
  if (product.name !== 'pve') {
    throw wrong(`${product.title} has no pvesh`, 'Connect to it over HTTPS, with url and a login.');
  }
  const { timeoutMs } = options;
  return {
    ...{ product, login: { kind: 'none', user: 'root@pam' }, urls: [], network: readNetwork({}) },
    pvesh: { ...(timeoutMs !== undefined && { timeoutMs }), ...(pvesh === true ? {} : pvesh) },
  };
}

function readUrls(url: ClientOptions['url'], product: Product): string[] {
  const texts = (url === undefined ? [] : [url]).flat() as unknown[];
  if (texts.length === 0)
    throw wrong('The url is missing', 'Give the server: https://pve1.example.com:8006.');
  const urls = texts.map((text) => {
    const read = readServerUrl(typeof text === 'string' ? text.trim() : '', product.port);
    if (read.problem === undefined) return read.url;
    throw wrong(`The url is not understood: ${read.problem}`, 'Write it as https://pve1.example.com:8006.');
  });
  const twice = urls.find((one, i) => urls.indexOf(one) !== i);
  if (twice !== undefined)
    throw wrong(`The host ${twice} is there twice`, 'List each host of the cluster once.');
  if (urls.length > 1 && !product.clustered) {
    throw wrong(
      `${product.title} has no clusters, but there are ${urls.length} hosts`,
      'Make a client for each: they are servers of their own.',
    );
  }
  return urls;
}

const userForm = /^[^\s:/@!]+@[A-Za-z][\w.-]*$/;
const tokenForm = /^(?:([^\s:/@!]+@[A-Za-z][\w.-]*)!)?([A-Za-z][\w.-]*)$/;

function readLogin(options: ClientOptions, product: Product): Login {
  const { user, tokenId, secondFactor } = options;
  if (user !== undefined && !userForm.test(user)) {
    throw wrong('The user is not understood', 'Write it with its realm: root@pam.');
  }
  if (tokenId === undefined) {
    if (user === undefined) {
      throw wrong('Nobody logs in', 'Give tokenId and secret, or user and password.');
    }
    const password = readSecret(options, 'password');
    return { kind: 'password', user, password, ...(secondFactor !== undefined && { secondFactor }) };
  }
  if (product.token === undefined) {
    throw wrong(
      `${product.title} has no API tokens`,
      'Give user and password instead of tokenId and secret.',
    );
  }
  const [, owner = user, tokenName = ''] = tokenForm.exec(tokenId) ?? [];
  if (tokenName === '') {
    throw wrong('The tokenId is not understood', 'Write it as user@realm!name, or name beside user.');
  }
  if (owner === undefined) {
    throw wrong('The tokenId does not say whose it is', 'Write it as user@realm!name, or give the user too.');
  }
  if (user !== undefined && owner !== user) {
    throw wrong(`The token is one of ${owner}, but the user is ${user}`, 'Leave the user out.');
  }
  return { kind: 'token', user: owner, tokenName, secret: readSecret(options, 'secret') };
}

function readSecret(options: ClientOptions, name: 'password' | 'secret'): string {
  const path = options[`${name}File`];
  const given = options[name];
  if (given !== undefined && path !== undefined) {
    throw wrong(`There is a ${name} and a ${name}File`, 'Give one of the two.');
  }
  const value = path === undefined ? given : readFile(`${name}File`, path).replace(/[\r\n]+$/, '');
  if (typeof value !== 'string' || value === '') {
    throw wrong(`The ${name} is missing or empty`, `Give ${name}, or ${name}File with the path of a file.`);
  }
  if (/[\r\n]$/.test(value)) {
    throw wrong(
      `The ${name} ends with a line break`,
      `It was most likely read from a file: trim it, or give the path as ${name}File.`,
    );
  }
  if (/\p{Cc}/u.test(value)) {
    throw wrong(`The ${name} has a control character in it`, 'Copy it again.');
  }
  return value;
}

function readNetwork(options: ClientOptions): Network {
  const { verify = true, fingerprint, clientCertificate, proxy, noProxy, timeoutMs = 30_000 } = options;
  const { connections } = options;
  if (!(timeoutMs > 0)) throw wrong('The timeoutMs is no time', 'Give milliseconds, more than 0.');
  if (connections !== undefined && !(Number.isInteger(connections) && connections > 0)) {
    throw wrong('The connections are no number of connections', 'Give a whole number from 1.');
  }
  if (options.ca !== undefined && options.caFile !== undefined) {
    throw wrong('There is a ca and a caFile', 'Give one of the two.');
  }
  const ca = options.caFile === undefined ? options.ca : readFile('caFile', options.caFile);
  if (ca !== undefined) requirePem('The CA', ca);
  if (clientCertificate !== undefined) requirePem('The client certificate', clientCertificate.cert);
  return {
    verify,
    timeoutMs,
    ...(ca !== undefined && { ca }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(clientCertificate !== undefined && { clientCertificate }),
    ...(proxy !== undefined && { proxy }),
    ...(noProxy !== undefined && { noProxy }),
    ...(connections !== undefined && { connections }),
  };
}

function requirePem(what: string, text: unknown): void {
  if (typeof text === 'string' && text.includes('-----BEGIN CERTIFICATE-----')) return;
  throw wrong(`${what} holds no PEM certificate`, 'It must be text with -----BEGIN CERTIFICATE-----.');
}

function readFile(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw wrong(`The file of ${option} can't be read (${why})`, 'Check its path and who may read it.');
  }
}

function wrong(problem: string, hint: string): Failure {
  return new Failure('config', `${problem}.`, hint);
}
