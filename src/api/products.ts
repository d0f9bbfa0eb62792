/** A Proxmox product, by the short name that its tickets and packages have too. */
export type ProductName = 'pve' | 'pbs' | 'pmg' | 'pdm';

/**
 * How one Proxmox product differs from the others on the wire. PVE and PMG are written in Perl and speak alike; PBS and
 * PDM are written in Rust and speak alike.
 */
export interface Product {
  name: ProductName;
  /** As people call it. */
  title: string;
  /** Where its API listens, always with TLS. */
  port: number;
  /** The `Authorization` header of an API token (`user@realm!name`); absent where there are no API tokens (PMG). */
  token?: (id: string, secret: string) => string;
  /** The cookie that carries a ticket. */
  cookie: string;
  /**
   * The grammar of its task ids: 9 fields (Perl), 10 with a task number (Rust), or 10 for its own and
   * `pve:remote!UPID…` for those of its remotes (PDM).
   */
  upid: 'perl' | 'rust' | 'remote';
  /** Whether hosts can form one cluster with one login, so that one may answer for another. */
  clustered: boolean;
  /**
   * What it is written in, which decides two habits. Perl: most lists are one text (`a,b`), an error is JSON with the
   * reason phrase telling the same. Rust: a list is a list, an error is plain text labelled as JSON.
   */
  family: 'perl' | 'rust';
  /** Where it serves the description of its API, without a login. */
  apidoc: string;
  /** The command that lists a user's API tokens on the server. */
  listTokens?: (user: string) => string;
}

const pve: Product = {
  name: 'pve',
  title: 'Proxmox VE',
  port: 8006,
  token: (id, secret) => `PVEAPIToken=${id}=${secret}`,
  cookie: 'PVEAuthCookie',
  upid: 'perl',
  clustered: true,
  family: 'perl',
  apidoc: '/pve-docs/api-viewer/apidoc.js',
  listTokens: (user) => `pveum user token list ${user}`,
};

const pbs: Product = {
  name: 'pbs',
  title: 'Proxmox Backup Server',
  port: 8007,
  token: (id, secret) => `PBSAPIToken=${id}:${secret.replaceAll('%', '%25')}`,
  cookie: 'PBSAuthCookie',
  upid: 'rust',
  clustered: false,
  family: 'rust',
  apidoc: '/docs/api-viewer/apidoc.js',
  listTokens: (user) => `proxmox-backup-manager user list-tokens ${user}`,
};

const pmg: Product = {
  name: 'pmg',
  title: 'Proxmox Mail Gateway',
  port: 8006,
  cookie: 'PMGAuthCookie',
  upid: 'perl',
  clustered: true,
  family: 'perl',
  apidoc: '/pmg-docs/api-viewer/apidoc.js',
};

const pdm: Product = {
  name: 'pdm',
  title: 'Proxmox Datacenter Manager',
  port: 8443,
  token: (id, secret) => `PDMAPIToken=${id}:${secret.replaceAll('%', '%25')}`,
  cookie: '__Host-PDMAuthCookie',
  upid: 'remote',
  clustered: false,
  family: 'rust',
  apidoc: '/docs/api-viewer/apidoc.js',
};

/** The four products. Facts are from their own sources as of 2026. */
export const products: Readonly<Record<ProductName, Product>> = { pve, pbs, pmg, pdm };
