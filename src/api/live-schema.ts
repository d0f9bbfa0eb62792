import type { Clock } from '../clock.ts';
import type { ApiSchema } from '../schema/api-schema.ts';
import type { Api } from './api.ts';

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
}

/** The API as the connected server describes it, or as we know it where it can't be had. */
export class LiveSchema {
  #loading: Promise<ApiSchema> | undefined;

  constructor(_options: LiveSchemaOptions) {}

  /** Loaded at the first call. Never throws: what we ship stands in. */
  get(): Promise<ApiSchema> {
    this.#loading ??= bundled();
    return this.#loading;
  }
}

async function bundled(): Promise<ApiSchema> {
  const [{ pveCatalog }, { createSearch }] = await Promise.all([
    import('../schema/pve-catalog.ts'),
    import('../schema/search.ts'),
  ]);
  const catalog = pveCatalog();
  const search = createSearch(catalog.methods);
  return {
    product: 'pve',
    version: undefined,
    source: 'bundled',
    note: '',
    catalog,
    search: async () => search,
  };
}
