import type { Catalog } from './catalog.ts';
import type { ApiSearch } from './search.ts';

/** The API as one server has it: what can be called, and where we know it from. */
export interface ApiSchema {
  /** `pve`, `pbs`, `pmg`, `pdm`. */
  product: string;
  /** The version of the server, where it was told: `9.2.11`. */
  version: string | undefined;
  /** `server`: read from the server just now; `cache`: kept from a time before; `bundled`: what we ship. */
  source: 'server' | 'cache' | 'bundled';
  /** One sentence for whoever asks where this comes from, and why it is not the server's own where it is not. */
  note: string;
  /** Kept from a time before, and the server would not say whether it still holds. */
  isStale?: boolean;
  catalog: Catalog;
  /** Its index, built when first asked for. */
  search(): Promise<ApiSearch>;
}
