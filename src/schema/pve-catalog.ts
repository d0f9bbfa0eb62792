import { Catalog } from './catalog.ts';
import { completeMethod } from './method.ts';
import facts from './pve-facts.json' with { type: 'json' };

/** The release that `pveCatalog` describes. */
export const BUNDLED_RELEASE = '9.2';

let catalog: Catalog | undefined;

/** The whole API of Proxmox VE 9.2, all 661 methods, sorted by path. Built at the first call: most runs never need it. */
export function pveCatalog(): Catalog {
  catalog ??= new Catalog(facts.methods.map(completeMethod));
  return catalog;
}
