import { Failure } from '../failure.ts';
import type { OpenCluster } from './cluster.ts';

/**
 * Lets each caller act at Proxmox with a login of their own, so that Proxmox's own ACL and task log hold for them.
 *
 * @param own by identity; each is opened when it is first needed
 * @param others for whoever has none of their own; undefined: they are refused
 */
export function byIdentity(
  own: ReadonlyMap<string, () => OpenCluster>,
  others: OpenCluster | undefined,
): OpenCluster {
  const opened = new Map<string, OpenCluster>();
  return (caller) => {
    const { identity } = caller;
    let open = opened.get(identity);
    if (open === undefined) {
      open = own.get(identity)?.() ?? others;
      if (open === undefined) throw noLogin(identity);
      if (own.has(identity)) opened.set(identity, open);
    }
    return open(caller);
  };
}

function noLogin(identity: string): Failure {
  return new Failure(
    'not_allowed',
    `${identity} has no login to Proxmox.`,
    'Nothing was sent. Whoever runs this server can add one to MCP_LOGINS.',
  );
}
