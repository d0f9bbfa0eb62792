import type { Call, Principal, Routes } from '../call.ts';
import { reportEvery } from '../world/guest.ts';
import { nodeUsage } from '../world/metrics.ts';
import type { SimNode } from '../world/node.ts';
import type { Storage } from '../world/storage.ts';
import type { World } from '../world/world.ts';
import { guestResource } from './guest-views.ts';

type Row = Record<string, unknown>;

/** What the cluster knows of a node; the figures only for who holds Sys.Audit on it (recorded on PVE 9.2). */
export function nodeResource(world: World, node: SimNode, stats: boolean): Row {
  const row: Row = {
    id: `node/${node.name}`,
    node: node.name,
    type: 'node',
    status: node.online ? 'online' : 'offline',
  };
  if (!node.online) return row;
  row.level = '';
  if (!stats) return row;
  const now = world.now();
  const at = now - (now % reportEvery);
  if (node.report?.at !== at) {
    const { cpu, mem, disk } = nodeUsage(node, world.guestsOn(node.name), at / 1000);
    node.report = { at, cpu, mem, disk };
  }
  const used = node.report;
  return {
    ...row,
    uptime: Math.floor((now - node.bootedAt) / 1000),
    ...{ cpu: used.cpu, maxcpu: node.hardware.cpus },
    ...{ mem: used.mem, maxmem: node.hardware.memory },
    ...{ disk: used.disk, maxdisk: node.hardware.rootfs },
  };
}

/** What the cluster knows of a storage as one node sees it. */
export function storageResource(world: World, storage: Storage, node: string): Row {
  const row: Row = {
    id: `storage/${node}/${storage.id}`,
    ...{ storage: storage.id, node, type: 'storage', plugintype: storage.type },
    ...{ shared: storage.shared ? 1 : 0, content: storage.config.content ?? '', status: 'unknown' },
  };
  if (!world.nodes.get(node)?.online) return row;
  return { ...row, status: 'available', disk: storage.used(node), maxdisk: storage.total };
}

function poolRows(world: World, principal: Principal): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const { poolid } of world.pools.list()) {
    if (principal.may(`/pool/${poolid}`, 'Pool.Audit')) {
      rows.set(poolid, { id: `/pool/${poolid}`, pool: poolid, type: 'pool' });
    }
  }
  return rows;
}

/** A pool shows the sum of its running guests. */
function addToPool(pool: Row, guest: Row): void {
  const sum = pool as Record<string, number>;
  const part = guest as Record<string, number>;
  sum.uptime = Math.max(sum.uptime ?? 0, part.uptime ?? 0);
  sum.mem = (sum.mem ?? 0) + (part.mem ?? 0);
  sum.maxmem = (sum.maxmem ?? 0) + (part.maxmem ?? 0);
  const cpus = (sum.maxcpu ?? 0) + (part.maxcpu ?? 0);
  sum.cpu = ((sum.cpu ?? 0) * (sum.maxcpu ?? 0) + (part.cpu ?? 0) * (part.maxcpu ?? 0)) / cpus;
  sum.maxcpu = cpus;
}

function guestRows({ world, principal }: Call, pools: Map<string, Row>): Row[] {
  const rows: Row[] = [];
  const now = world.now();
  for (const guest of world.guestsInOrder()) {
    const row = guestResource(world, guest, now);
    const poolid = world.pools.of(guest.vmid);
    const pool = poolid === undefined ? undefined : pools.get(poolid);
    if (pool && row.uptime) addToPool(pool, row);
    if (!principal.may(`/vms/${guest.vmid}`, 'VM.Audit')) continue;
    if (poolid !== undefined && principal.may(`/pool/${poolid}`, 'Pool.Audit')) row.pool = poolid;
    if (guest.lock !== undefined) row.lock = guest.lock;
    if (guest.config.tags !== undefined) row.tags = guest.config.tags;
    if (world.ha.size > 0) {
      const ha = world.ha.get(`${guest.kind === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`);
      if (ha) row.hastate = ha.state;
    }
    rows.push(row);
  }
  return rows;
}

function resources(call: Call): Row[] {
  const { world, params, principal } = call;
  const wants = (type: string) => params.type === undefined || params.type === type;
  const nodes = [...world.nodes.values()];
  const pools = wants('pool') ? poolRows(world, principal) : new Map<string, Row>();
  const guests = wants('vm') ? guestRows(call, pools) : [];
  const rows: Row[] = [...pools.values(), ...guests];
  if (wants('node')) {
    for (const node of nodes) {
      const row = nodeResource(world, node, principal.may(`/nodes/${node.name}`, 'Sys.Audit'));
      if (node.online) row['cgroup-mode'] = 2;
      rows.push(row);
    }
  }
  if (wants('storage')) {
    for (const storage of world.storages.values()) {
      if (!principal.may(`/storage/${storage.id}`, 'Datastore.Audit')) continue;
      for (const node of nodes) {
        if (storage.enabledOn(node.name)) rows.push(storageResource(world, storage, node.name));
      }
    }
  }
  if (wants('network') && principal.may('/sdn/zones/localnetwork', 'SDN.Audit')) {
    for (const { name } of nodes) {
      rows.push({
        id: `network/${name}/zone/localnetwork`,
        ...{ type: 'network', 'network-type': 'zone', network: 'localnetwork', node: name, status: 'ok' },
      });
    }
  }
  return rows;
}

export const resourceRoutes: Routes = { 'GET /cluster/resources': resources };
