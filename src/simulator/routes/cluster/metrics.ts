import type { Call, Routes } from '../../call.ts';
import { nodeUsage } from '../../world/metrics.ts';
import { no } from '../find.ts';
import { live } from '../guest-views.ts';
import { sectionRoutes } from '../section-routes.ts';

/** `GET /cluster/metrics/export`: the figures of now, one value a row. */
function exported(call: Call) {
  const { world, params } = call;
  const timestamp = world.seconds();
  const known = [...world.nodes.values()].filter(({ online }) => online);
  const named = String(params['node-list'] ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);
  const unknown = named.filter((name) => !known.some((node) => node.name === name));
  if (unknown.length > 0) throw no(`Requested node-list contains unknown nodes - ${unknown.join(', ')}`);
  const rows: object[] = [];
  const add = (id: string, values: Record<string, number>) => {
    for (const [metric, value] of Object.entries(values))
      rows.push({ id, metric, timestamp, type: 'gauge', value });
  };
  for (const node of known.filter(({ name }) => named.length === 0 || named.includes(name))) {
    const used = nodeUsage(node, world.guestsOn(node.name), timestamp);
    const uptime = Math.floor((world.now() - node.bootedAt) / 1000);
    add(`node/${node.name}`, { cpu_current: used.cpu, mem_used: used.mem, disk_used: used.disk, uptime });
    for (const guest of world.guestsOn(node.name)) {
      const now = live(world, guest);
      add(`${guest.kind}/${guest.vmid}`, { cpu_current: now.cpu, mem_used: now.mem, uptime: now.uptime });
    }
  }
  return { data: rows };
}

/** Servers for figures. They are kept; no figure is sent to them. */
export const metricServerRoutes: Routes = {
  'GET /cluster/metrics': () => [{ name: 'server' }, { name: 'export' }],
  'GET /cluster/metrics/export': exported,
  ...sectionRoutes({
    ...{ file: 'metrics', base: '/cluster/metrics/server', id: 'id', postTo: 'own' },
    unknown: (id) => no(`status server entry '${id}' does not exist`),
    absent: (id) => no(`no such server '${id}'`),
    taken: (id) => no(`Metric server '${id}' already exists`),
    // Perl looks up the plugin of nothing.
    gone: () => no("unknown section type ''"),
    required: () => ['server', 'port'],
    row: (id, { disable = 0, type, server, port }) => ({ id, disable, type, server, port }),
    view: (_id, section) => section,
  }),
};
