import { Failure, type FailureCode } from '../failure.ts';
import { kindOf, type Resource } from '../pve/resources.ts';
import { line } from '../render/untrusted.ts';
import { nearestNames } from '../schema/nearest.ts';
import type { AskedCall } from './asked-call.ts';
import type { ToolContext } from './tool.ts';

/** Where a look at the cluster fails so, the call itself would too. */
const HOPELESS: ReadonlySet<FailureCode> = new Set(['auth', 'cancelled', 'config', 'tls', 'unreachable']);

const MOST_NAMED = 20;
/** Here a node is named that is not in the cluster as yet. */
const JOINING = /^\/cluster\/config\//;

/**
 * What the cluster has, up to 5 s old; empty where this login or these settings do not let us see it.
 *
 * @throws Failure where no call would get through
 */
export function recentResources({ pve, signal }: ToolContext): Promise<readonly Resource[]> {
  return orNothing(pve.resources.recent({ signal }));
}

/**
 * What is wrong with the nodes and the guest that a call names: an unknown node, a guest that is elsewhere or of the other
 * kind. A VMID that is not listed may be a new one and is let be. Undefined where nothing is, or where nobody knows.
 */
export async function misplaced(call: AskedCall, context: ToolContext): Promise<Failure | undefined> {
  const nodes = nodesIn(call);
  if (nodes.length === 0 || context.pve.api.product.name !== 'pve') return undefined;
  const look = (resources: readonly Resource[]) =>
    unknownNode(nodes, resources) ?? guestElsewhere(call, resources);
  // What is some seconds old may be wrong; before anything is refused, look again.
  if (look(await recentResources(context)) === undefined) return undefined;
  return look(await orNothing(context.pve.resources.list(undefined, { signal: context.signal })));
}

/** The guest that a path is about, where it is known. */
export async function guestOf({ sent }: AskedCall, context: ToolContext): Promise<Resource | undefined> {
  const vmid = guestIn(sent.path)?.vmid;
  if (vmid === undefined) return undefined;
  return (await recentResources(context)).find((one) => kindOf(one) === 'guest' && one.vmid === vmid);
}

async function orNothing(asked: Promise<readonly Resource[]>): Promise<readonly Resource[]> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Failure && !HOPELESS.has(error.code)) return [];
    throw error;
  }
}

/** The nodes that a call names: `localhost` is whichever server answers. */
function nodesIn({ sent, found }: AskedCall): string[] {
  const [, first, node] = sent.path.split('/');
  const nodes = first === 'nodes' && node !== undefined && node !== 'localhost' ? [node] : [];
  if (JOINING.test(sent.path)) return nodes;
  for (const [name, value] of Object.entries(sent.params)) {
    if (found?.method.parameters[name]?.format === 'pve-node' && typeof value === 'string') nodes.push(value);
  }
  return nodes;
}

function unknownNode(wanted: readonly string[], resources: readonly Resource[]): Failure | undefined {
  const nodes = resources.flatMap(({ type, node }) => (type === 'node' && node !== undefined ? [node] : []));
  const unknown = wanted.find((node) => !nodes.includes(node));
  if (nodes.length === 0 || unknown === undefined) return undefined;
  const near = nearestNames(unknown, nodes);
  const known = nodes.sort().slice(0, MOST_NAMED).join(', ');
  return new Failure(
    'not_found',
    `There is no node ${line(unknown, 80)} in this cluster. Nothing was sent.`,
    `${near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : ''}Nodes: ${known}${nodes.length > MOST_NAMED ? ', …' : ''}.`,
  );
}

function guestIn(path: string): { node: string; kind: string; vmid: number } | undefined {
  const [, node, kind, vmid] = /^\/nodes\/([^/]+)\/(qemu|lxc)\/(\d+)(?:\/|$)/.exec(path) ?? [];
  return node === undefined || kind === undefined ? undefined : { node, kind, vmid: Number(vmid) };
}

function guestElsewhere(
  { verb, sent, schema }: AskedCall,
  resources: readonly Resource[],
): Failure | undefined {
  const asked = guestIn(sent.path);
  const guest = resources.find((one) => kindOf(one) === 'guest' && one.vmid === asked?.vmid);
  if (asked === undefined || guest?.node === undefined) return undefined;
  const node = asked.node === 'localhost' ? 'localhost' : guest.node;
  if (node === asked.node && guest.type === asked.kind) return undefined;
  const rest = sent.path
    .split('/')
    .slice(5)
    .map((word) => `/${word}`);
  const right = `/nodes/${node}/${guest.type}/${guest.vmid}${rest.join('')}`;
  const exists = schema === undefined || schema.catalog.find(verb, right) !== undefined;
  const kind = guest.type === 'lxc' ? 'a container (lxc)' : 'a VM (qemu)';
  return new Failure(
    'invalid_argument',
    `Guest ${guest.vmid} is ${kind} on ${guest.node}, not ${asked.kind} on ${asked.node}. Nothing was sent.`,
    exists
      ? `The path is ${right}.`
      : `It is under /nodes/${node}/${guest.type}/${guest.vmid}; there is no ${right}.`,
  );
}
