import { pveCatalog } from '../schema/pve-catalog.ts';

const PREFIX = '/api2/json';

/**
 * The path of a request as the API's description writes it, without the names that stand in it:
 * `/nodes/{node}/qemu/{vmid}/config`. Undefined where the description has none such: what is unknown is not passed on.
 */
export function pathTemplate(method: string, path: string): string | undefined {
  const [bare = ''] = path.split('?', 1);
  if (!bare.startsWith(PREFIX)) return undefined;
  try {
    return pveCatalog().find(method, decodeURIComponent(bare.slice(PREFIX.length)))?.method.path;
  } catch {
    // No such encoding: nothing the API knows.
    return undefined;
  }
}
