import type { Catalog } from '../../schema/catalog.ts';
import type { Method } from '../../schema/method.ts';
import { validate } from '../../schema/validate.ts';
import { ApiError, parameterErrors, Reply, type Routes } from '../call.ts';
import { NoSpace } from '../world/storage.ts';
import type { World } from '../world/world.ts';
import { type Login, principalOf } from './authenticate.ts';
import { permissionDenied } from './check-permissions.ts';
import type { Outcome } from './formats.ts';
import { NoAnswer } from './message.ts';
import type { Parameters } from './parameters.ts';

/** The cluster behind the door. */
export interface Cluster {
  world: World;
  catalog: Catalog;
  routes: Routes;
}

/** A call's end, and who answered it. `unreachable`: the node behind pveproxy did not, and the answer has no body. */
export type Ran =
  | { outcome: Outcome; from: 'proxy' | 'daemon' | 'node' }
  | { unreachable: string; status: number };

/**
 * Runs one call in the order of pveproxy: is there such a method, do path and query contradict each other, may tokens
 * call it, has the login the privileges, on which node does it run, are the parameters right, and only then the work.
 */
export async function runCall(
  cluster: Cluster,
  { verb, path, login, params }: { verb: string; path: string; login: Login; params: Parameters },
): Promise<Ran> {
  const { world } = cluster;
  const found = cluster.catalog.find(verb, path);
  const missing: Ran = {
    outcome: { status: 501, message: `Method '${verb} ${path}' not implemented` },
    from: 'proxy',
  };
  if (!found) return missing;
  const { method } = found;
  let from: 'proxy' | 'daemon' | 'node' = 'proxy';
  try {
    const all = merge(found.pathParams, params);
    if (login.byToken && !method.allowtoken) {
      const what = `URI '${path}' not available with API token, need proper ticket.\n`;
      throw new ApiError(403, `Permission check failed (${what})`);
    }
    const denied = permissionDenied(world.access, method.permissions, login.principal?.authid, all);
    if (denied) throw denied;

    const place = await placeOf(world, method, all);
    if (place === 'offline') return { unreachable: 'No route to host', status: 595 };
    from = place === 'elsewhere' ? 'node' : method.protected ? 'daemon' : 'proxy';
    if (from === 'daemon' && world.outage === 'pvedaemon')
      return { unreachable: 'Connection refused', status: 595 };
    if (from === 'daemon' && world.outage === 'pvedaemon hangs') {
      await world.clock.sleep(30_000);
      return { unreachable: 'Connection timed out', status: 596 };
    }

    const { values, errors } = validate(method, all);
    if (errors) throw parameterErrors(errors);
    // Privileges were asked for on /nodes/localhost; the work is done under the node's own name.
    if (method.proxyto && values[method.proxyto] === 'localhost')
      [values[method.proxyto]] = world.nodes.keys();
    // What the simulator lacks is refused in Proxmox's own words for what Proxmox lacks, but only here: whoever has no
    // privilege, or gives bad parameters, hears the same as from Proxmox.
    const handler = cluster.routes[`${verb} ${method.path}`];
    if (!handler) return missing;
    const principal = login.principal ?? principalOf(world.access, '');
    const result = await handler({ method, params: values, principal, world });
    return { outcome: result instanceof Reply ? result : { data: result }, from };
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    return { outcome: refusalOf(error), from };
  }
}

function merge(pathParams: Record<string, string>, params: Parameters): Parameters {
  // Without a prototype: a parameter may be called __proto__.
  const all: Parameters = Object.assign(Object.create(null), pathParams);
  for (const name of Object.keys(params).sort()) {
    const inPath = Object.hasOwn(pathParams, name) ? pathParams[name] : undefined;
    if (inPath !== undefined && inPath !== String(params[name] ?? '')) {
      throw parameterErrors({
        [name]: 'duplicate parameter (already defined in URI) with conflicting values!',
      });
    }
    all[name] = params[name];
  }
  return all;
}

/** The node that a call runs on, as pveproxy on the first node sees it. */
async function placeOf(
  world: World,
  method: Method,
  params: Parameters,
): Promise<'here' | 'elsewhere' | 'offline'> {
  if (!method.proxyto) return 'here';
  const name = String(params[method.proxyto] ?? '');
  if (name === '') throw parameterErrors({ [method.proxyto]: 'proxyto parameter does not exist' });
  const [first] = world.nodes.keys();
  if (name === 'localhost' || name === first) return 'here';
  const node = world.nodes.get(name);
  if (!node) {
    const why = `failed to get address info for: ${name}: Name or service not known`;
    throw new ApiError(500, `hostname lookup '${name}' failed - ${why}`);
  }
  if (node.online) return 'elsewhere';
  // Recorded: three seconds, then "No route to host".
  await world.clock.sleep(3000);
  return 'offline';
}

function refusalOf(error: unknown): Outcome {
  if (error instanceof NoSpace) return { status: 500, message: `${error.message}\n` };
  if (!(error instanceof ApiError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 500, message: `simulator: ${message}\n` };
  }
  const text = error.message.endsWith('\n') || error.status === 501 ? error.message : `${error.message}\n`;
  return { status: error.status, message: text, errors: error.errors };
}
