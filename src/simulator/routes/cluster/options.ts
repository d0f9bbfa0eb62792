import type { Call, Routes } from '../../call.ts';
import { readProperties } from '../../world/property-string.ts';

/** Every tag in use that the caller may see. */
function allowedTags({ world, principal }: Call): string[] {
  const tags = new Set<string>();
  for (const { vmid, config } of world.guests.values()) {
    if (config.tags === undefined || !principal.may(`/vms/${vmid}`, 'VM.Audit')) continue;
    for (const tag of String(config.tags).split(';')) tags.add(tag);
  }
  return [...tags].sort();
}

/** Options that come back taken apart, each with the name of the part that may stand alone. */
const taken: Record<string, string> = {
  ...{ migration: 'type', ha: '', crs: '', 'next-id': '', 'tag-style': '', 'user-tag-access': '' },
  ...{ notify: '', webauthn: '', u2f: '', replication: '' },
};

function takenApart(name: string, value: string | number): unknown {
  if (name === 'registered-tags')
    return String(value)
      .split(/[,;\s]+/)
      .filter(Boolean);
  const first = taken[name];
  if (first === undefined) return value;
  const parts = Object.entries(readProperties(String(value), first));
  return Object.fromEntries(parts.map(([key, part]) => [key, /^\d+$/.test(part) ? Number(part) : part]));
}

/** `GET /cluster/options`; without Sys.Audit only what a user interface cannot do without. */
function readOptions(call: Call) {
  const { world, principal } = call;
  const set = Object.entries(world.options).map(([name, value]) => [name, takenApart(name, value)]);
  const all = { description: '', mac_prefix: 'BC:24:11', ...Object.fromEntries(set) };
  const shown = principal.may('/', 'Sys.Audit')
    ? all
    : Object.fromEntries(set.filter(([key]) => ['console', 'tag-style'].includes(key as string)));
  return { ...shown, 'allowed-tags': allowedTags(call) };
}

function writeOptions({ world, params }: Call): null {
  const { delete: gone, ...changes } = params;
  for (const key of String(gone ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean))
    delete world.options[key];
  Object.assign(world.options, changes);
  return null;
}

export const clusterOptionRoutes: Routes = {
  'GET /cluster/options': readOptions,
  'PUT /cluster/options': writeOptions,
};
