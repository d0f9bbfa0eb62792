import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import type { ApiSchema } from '../schema/api-schema.ts';
import { Catalog } from '../schema/catalog.ts';
import type { ApiSearch } from '../schema/search.ts';
import type { Api } from './api.ts';
import { oneLine } from './error-text.ts';
import { type Kept, readKept, writeKept } from './kept-schema.ts';
import { path } from './path.ts';
import { believable, PATIENCE, readDescription } from './read-schema.ts';

/** Keeps descriptions from one run to the next. `key` is a short word for product and host. Both never throw. */
export interface SchemaCache {
  read(key: string): Promise<string | undefined>;
  write(key: string, text: string): Promise<void>;
}

export interface LiveSchemaOptions {
  /** Without a door: what is read here is for ourselves. */
  api: Api;
  cache: SchemaCache | undefined;
  clock: Clock;
  /** The server as the cache names it: `pve1.example.com:8006`. */
  host: string;
  /** How long a description may take to come, in milliseconds; 10 s unless given. */
  patienceMs?: number;
}

/** How long a description holds for the same version, and how soon after a failure it is asked for again; milliseconds. */
const DAY = 24 * 3_600_000;
const RETRY = 5 * 60_000;

/** A description, and when to look for another, in milliseconds since 1970. */
interface Loaded {
  schema: ApiSchema;
  until: number;
}

/**
 * The API as the connected server describes it, or as we know it where it can't be had. A description is kept for each
 * product and host, with the version that it was read from: it holds for a day, then the server is asked whether it has
 * changed; another version is read anew at once.
 */
export class LiveSchema {
  readonly #options: LiveSchemaOptions;
  #loaded: Loaded | undefined;
  #loading: Promise<ApiSchema> | undefined;

  constructor(options: LiveSchemaOptions) {
    this.#options = options;
  }

  /** Loaded at the first call, and by one call at a time. Never throws: what we ship stands in. */
  get(): Promise<ApiSchema> {
    if (this.#loaded !== undefined && this.#options.clock.now() < this.#loaded.until)
      return Promise.resolve(this.#loaded.schema);
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(): Promise<ApiSchema> {
    const { api, cache, host } = this.#options;
    const product = api.product.name;
    const [version, kept] = await Promise.all([
      this.#version(),
      cache?.read(this.#key).then((text) => readKept(text, product, host)),
    ]);
    this.#loaded =
      (kept && this.#fromCache(kept, version.told)) ??
      (await this.#fromServer(version, kept)) ??
      (await this.#without(version, kept));
    return this.#loaded.schema;
  }

  /** What the server says it is, or why it says nothing. */
  async #version(): Promise<Version> {
    try {
      const { version } = (await this.#options.api.get<{ version?: unknown } | null>(path`/version`)) ?? {};
      // What it says becomes part of sentences and of a file.
      return { told: typeof version === 'string' && /^[\w.~+-]{1,40}$/.test(version) ? version : undefined };
    } catch (error) {
      return { told: undefined, failure: error };
    }
  }

  /** A kept description of the same version that is not too old. */
  #fromCache(kept: Kept, version: string | undefined): Loaded | undefined {
    const age = this.#options.clock.now() - kept.readAt;
    if (version === undefined || kept.version !== version || age < 0 || age >= DAY) return undefined;
    return this.#revived(kept, version, kept.readAt + DAY);
  }

  #revived(kept: Kept, version: string | undefined, until: number, but = ''): Loaded | undefined {
    try {
      const catalog = believable(kept.apidoc);
      const since = new Date(kept.readAt).toISOString().slice(0, 16);
      const note = `The server's own description, as of ${since}Z${but}.`;
      const schema = this.#schema('cache', version ?? kept.version, catalog, note);
      return { schema: but === '' ? schema : { ...schema, isStale: true }, until };
    } catch {
      // Whoever wrote it: it is no description, and will be written anew.
      return undefined;
    }
  }

  async #fromServer(version: Version, kept: Kept | undefined): Promise<Loaded | undefined> {
    // Where nothing answers, the page will not come either, and waiting twice helps nobody.
    if (isAway(version.failure)) return undefined;
    const same = kept !== undefined && kept.version === version.told ? kept : undefined;
    try {
      return (await this.#ask(version.told, same)) ?? (await this.#ask(version.told, undefined));
    } catch (error) {
      version.failure = error;
      return undefined;
    }
  }

  /** Undefined where the server says that what was kept still holds, but it can't be read. */
  async #ask(version: string | undefined, kept: Kept | undefined): Promise<Loaded | undefined> {
    const { api, cache, clock, host, patienceMs = PATIENCE } = this.#options;
    const described = await readDescription(api, kept, patienceMs);
    const readAt = clock.now();
    const facts = { product: api.product.name, host, version, readAt };
    if (described === 'unchanged') {
      const { modified, etag, apidoc } = kept as Kept;
      const revived = this.#revived({ ...facts, modified, etag, apidoc }, version, readAt + DAY);
      if (revived)
        await cache?.write(this.#key, writeKept({ ...facts, modified, etag }, revived.schema.catalog));
      return revived;
    }
    const { catalog, modified, etag } = described;
    await cache?.write(this.#key, writeKept({ ...facts, modified, etag }, catalog));
    const note = `Read from the server${version === undefined ? '' : ` (${version})`}.`;
    return { schema: this.#schema('server', version, catalog, note), until: readAt + DAY };
  }

  /** The server gives no description: what was kept or is in use already, else what we ship. */
  async #without(version: Version, kept: Kept | undefined): Promise<Loaded> {
    const { clock } = this.#options;
    const until = clock.now() + RETRY;
    const why = reason(version.failure);
    const fits = (other: string | undefined) => version.told === undefined || other === version.told;
    const inUse = this.#loaded?.schema;
    if (inUse !== undefined && inUse.source !== 'bundled' && fits(inUse.version))
      return { schema: inUse, until };
    const old =
      kept && fits(kept.version)
        ? this.#revived(kept, version.told, until, `; now it could not be read (${why})`)
        : undefined;
    return old ?? { schema: await this.#bundled(version.told, why), until };
  }

  async #bundled(version: string | undefined, why: string): Promise<ApiSchema> {
    const { product } = this.#options.api;
    const missing = `the description on the server could not be read: ${why}.`;
    if (product.name !== 'pve') {
      const note = `The methods of this ${product.title} can't be looked up or checked: none come with this program, and ${missing}`;
      return this.#schema('bundled', version, new Catalog([]), note);
    }
    const { BUNDLED_RELEASE, pveCatalog } = await import('../schema/pve-catalog.ts');
    const differs = version !== undefined && !`${version}.`.startsWith(`${BUNDLED_RELEASE}.`);
    const but = differs ? ` (the server has ${version}: methods may be missing here or there)` : '';
    const note = `The API of Proxmox VE ${BUNDLED_RELEASE} as it comes with this program${but}; ${missing}`;
    return this.#schema('bundled', version, pveCatalog(), note);
  }

  #schema(
    source: ApiSchema['source'],
    version: string | undefined,
    catalog: Catalog,
    note: string,
  ): ApiSchema {
    let index: Promise<ApiSearch> | undefined;
    return {
      ...{ product: this.#options.api.product.name, version, source, note, catalog },
      search() {
        index ??= import('../schema/search.ts').then(({ createSearch }) => createSearch(catalog.methods));
        return index;
      },
    };
  }

  get #key(): string {
    return `${this.#options.api.product.name}-${this.#options.host}`;
  }
}

/** The server's version, and the last thing that went wrong. */
interface Version {
  told: string | undefined;
  failure?: unknown;
}

function isAway(failure: unknown): boolean {
  return (
    failure instanceof Failure &&
    ['unreachable', 'timeout', 'tls', 'config', 'cancelled'].includes(failure.code)
  );
}

function reason(failure: unknown): string {
  const text = failure instanceof Failure ? failure.message : 'it failed inside this program';
  return oneLine(text).replace(/\.$/, '').slice(0, 200);
}
