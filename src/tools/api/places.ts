import { Failure, type FailureCode } from '../../failure.ts';
import { type Resource, Whereabouts } from '../../pve/resources.ts';
import { line } from '../../render/untrusted.ts';
import { nearestNames } from '../../schema/nearest.ts';
import type { ToolContext } from '../tool.ts';
import type { AskedCall } from './asked-call.ts';

/** Where a look at the cluster fails so, the call itself would too. */
const HOPELESS: ReadonlySet<FailureCode> = new Set(['auth', 'cancelled', 'config', 'tls', 'unreachable']);

const MOST_NAMED = 20;
/** Here a node is named that is not in the cluster as yet. */
const JOINING = /^\/cluster\/config\//;

const NOTHING = new Whereabouts([]);

/**
 * Where nodes and guests are, up to 5 s old unless `anew`; nothing where this login or these settings do not let us see it.
 *
 * @throws Failure where no call would get through
 */
export async function whereabouts({ pve, signal }: ToolContext, anew = false): Promise<Whereabouts> {
  try {
    return await pve.resources.whereabouts({ anew, signal });
  } catch (error) {
    if (error instanceof Failure && !HOPELESS.has(error.code)) return NOTHING;
    throw error;
  }
}

/**
 * What is wrong with the nodes and the guest that a call names: an unknown node, a guest that is elsewhere or of the other
 * kind. A VMID that is not listed may be a new one and is let be. Undefined where nothing is, or where nobody knows.
 */
export async function misplaced(call: AskedCall, context: ToolContext): Promise<Failure | undefined> {
  const nodes = nodesIn(call);
  if (nodes.length === 0 || context.pve.api.product.name !== 'pve') return undefined;
  const look = (seen: Whereabouts) => unknownNode(nodes, seen) ?? guestElsewhere(call, seen);
  // What is some seconds old may be wrong; before anything is refused, look again.
  if (look(await whereabouts(context)) === undefined) return undefined;
  return look(await whereabouts(context, true));
}

/** Where the node that a call runs on is known to be off: it would be asked, and not answer. */
export async function offlineNode({ sent }: AskedCall, context: ToolContext): Promise<Failure | undefined> {
  const [, first, name = ''] = sent.path.split('/');
  const node = first === 'nodes' ? (await whereabouts(context)).nodes.get(name) : undefined;
  if (node === undefined || node.status === 'online') return undefined;
  return new Failure(
    'node_unreachable',
    `Node ${node.node} is ${line(node.status ?? 'not online')}: the call would fail.`,
    'Its guests can be seen with get_cluster_resources.',
  );
}

/** The guest that a path is about, where it is known. */
export async function guestOf({ sent }: AskedCall, context: ToolContext): Promise<Resource | undefined> {
  const vmid = guestIn(sent.path)?.vmid;
  if (vmid === undefined) return undefined;
  return (await whereabouts(context)).guests.get(vmid);
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

function unknownNode(wanted: readonly string[], seen: Whereabouts): Failure | undefined {
  const unknown = wanted.find((node) => !seen.nodes.has(node));
  if (seen.nodes.size === 0 || unknown === undefined) return undefined;
  const nodes = [...seen.nodes.keys()];
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

function guestElsewhere({ verb, sent, schema }: AskedCall, seen: Whereabouts): Failure | undefined {
  const asked = guestIn(sent.path);
  const guest = seen.guests.get(asked?.vmid ?? 0);
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
