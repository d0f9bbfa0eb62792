import type { Call, Routes } from '../../call.ts';

const base = '/cluster/ha/status';

/** How often the manager and each node's own manager look at what they were asked, in milliseconds. */
const ROUND = 10_000;

/** `GET …/current`: quorum, the master, fencing, each node's own manager, and the resources. */
function current({ world }: Call) {
  const nodes = [...world.nodes.values()];
  const time = (seconds: number) => new Date(seconds * 1000).toUTCString().slice(0, -4);
  const timestamp = world.seconds();
  const now = time(timestamp);
  const master = nodes.find((node) => node.online)?.name ?? '';
  // A lone node runs no manager.
  const managed = world.clusterName !== undefined;
  const { haDisarmed: disarmed } = world;
  const released = disarmed?.state === 'disarmed';
  const idle = world.ha.size === 0 ? 'idle' : 'active';
  const armed = managed && world.ha.size > 0 ? 'armed' : 'standby';
  const watchdog = released ? 'released' : armed === 'armed' ? 'active' : 'standby';
  const extra = disarmed ? ` - ${disarmed.state}, resource mode: ${disarmed.mode}` : '';
  const fencing = disarmed
    ? {
        ...{ 'armed-state': disarmed.state, resource_mode: disarmed.mode },
        status: `${disarmed.state}, resource mode: ${disarmed.mode} (CRM watchdog ${watchdog})`,
      }
    : { 'armed-state': armed, status: `${armed} (CRM watchdog ${watchdog})` };
  return [
    {
      ...{ id: 'quorum', type: 'quorum', node: master, quorate: world.quorate ? 1 : 0 },
      status: world.quorate ? 'OK' : `No quorum on node '${master}'!`,
    },
    ...(managed
      ? [
          {
            ...{ id: 'master', type: 'master', node: master, timestamp },
            status: `${master} (${idle}, ${now})${extra}`,
          },
        ]
      : []),
    { id: 'fencing', type: 'fencing', node: master, ...fencing },
    ...(managed ? nodes : []).map(({ name, online }) => ({
      ...{ id: `lrm:${name}`, type: 'lrm', node: name, timestamp },
      status: online
        ? `${name} (${disarmed ? 'disarm mode' : idle}, watchdog ${watchdog}, ${now})`
        : `${name} (old timestamp - dead?, watchdog standby, ${now})`,
    })),
    ...[...world.ha.values()].map(({ sid, state }) => {
      const node = world.guests.get(Number(sid.slice(3)))?.node ?? '';
      const shown = !managed ? 'queued' : disarmed?.mode === 'ignore' ? 'ignore' : state;
      return {
        ...{ id: `service:${sid}`, type: 'service', sid, node, request_state: state },
        ...(managed && { crm_state: state }),
        ...{ state: shown, status: `${sid} (${node}, ${shown})` },
      };
    }),
  ];
}

function managerStatus({ world }: Call) {
  const [master = ''] = world.nodes.keys();
  const managed = world.clusterName !== undefined;
  const { haDisarmed: disarm } = world;
  return {
    manager_status: managed
      ? { master_node: master, timestamp: world.seconds(), service_status: {}, ...(disarm && { disarm }) }
      : {},
    quorum: { node: master, quorate: world.quorate ? 1 : 0 },
  };
}

/** `POST …/disarm-ha`: the manager lets go of the watchdogs two rounds later, first its own wish, then every node. */
function disarm({ world, params }: Call): null {
  world.timeline.after(ROUND, () => {
    if (world.haDisarmed) return;
    const wanted = { mode: params['resource-mode'], state: 'disarming' };
    world.haDisarmed = wanted;
    world.timeline.after(ROUND, () => {
      wanted.state = 'disarmed';
    });
  });
  return null;
}

function arm({ world }: Call): null {
  world.timeline.after(ROUND, () => {
    world.haDisarmed = undefined;
  });
  return null;
}

/** Where high availability stands, and whether it is armed. */
export const haStatusRoutes: Routes = {
  [`GET ${base}`]: () => ['current', 'manager_status', 'disarm-ha', 'arm-ha'].map((name) => ({ name })),
  [`GET ${base}/current`]: current,
  [`GET ${base}/manager_status`]: managerStatus,
  [`POST ${base}/disarm-ha`]: disarm,
  [`POST ${base}/arm-ha`]: arm,
};
