import type { Api } from '../api/api.ts';
import type { Caller } from '../api/gate/caller.ts';
import { Gate, type GateOptions } from '../api/gate/gate.ts';
import type { LiveSchema } from '../api/live-schema.ts';
import { Access } from '../pve/access.ts';
import { Pve } from '../pve/pve.ts';
import { ResourceMemory } from '../pve/resources.ts';
import type { Cluster } from '../tools/tool.ts';

/** Opens the cluster for one caller: whatever a tool does there passes the gate in the caller's name. */
export type OpenCluster = (caller: Caller) => Cluster;

export interface ClusterOptions extends Omit<GateOptions, 'catalog'> {
  /** Without a door. Nobody else holds it. */
  api: Api;
  schema: LiveSchema;
}

/** Puts the gate before an API. */
export function clusterBehindGate({ api, schema, ...options }: ClusterOptions): OpenCluster {
  const gate = new Gate({ ...options, catalog: async () => (await schema.get()).catalog });
  const memory = new ResourceMemory(options.clock);
  const access = new Access(api, options.clock);
  return (caller) => ({
    pve: new Pve(api.behind(gate.for(caller), caller.watch), options.clock, memory, access),
    schema: () => schema.get(),
    clock: options.clock,
  });
}
