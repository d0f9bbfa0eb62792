import { type FormatCheck, type Formats, pattern } from './format.ts';

const USER = '[^\\s:/]+';
const REALM = '[A-Za-z][A-Za-z0-9._-]+';

/** PVE's rule for identifiers that stand in section headers. */
function identifier(what: string): FormatCheck {
  const shape = /^[a-z][a-z0-9\-_.]*[a-z0-9]\n?$/i;
  return (value) => {
    if (value.length < 2) return `${what} ID '${value}' cannot be shorter than 2 characters`;
    return shape.test(value) ? undefined : `${what} ID '${value}' contains illegal characters`;
  };
}

function userid(value: string): string | undefined {
  const name = value === '0' ? '' : value;
  const length = [...name].length;
  if (length < 3) return `user name '${name}' is too short`;
  if (length > 64) return `user name '${name}' is too long (${length} > 64)`;
  return new RegExp(`^${USER}@${REALM}\\n?$`).test(name)
    ? undefined
    : `value '${name}' does not look like a valid user name`;
}

function poolid(value: string): string | undefined {
  if (value.replace(/\/+$/, '').split('/').length > 3) {
    return `pool name '${value}' nested too deeply (max levels = 3)`;
  }
  return /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+){0,2}\n?$/.test(value)
    ? undefined
    : `pool name '${value}' contains invalid characters`;
}

function replicationJob(value: string): string | undefined {
  const found = /^(\d+)-\d+\n?$/.exec(value);
  if (!found) return `invalid replication job id '${value}'`;
  return Number(found[1]) < 100
    ? `invalid replication job id '${value}' (guest IDs < 100 are reserved)`
    : undefined;
}

/** One entry of a map from source to target: `source:target`, a target for all others, or `1` for the same. */
function pairOf(check: FormatCheck): FormatCheck {
  return (value) => {
    // A zero counts as no map at all.
    if (value === '1' || value === '0') return undefined;
    const pair = /^([^:]+):([^:]+)\n?$/.exec(value);
    const complaint = pair ? (check(pair[1] as string) ?? check(pair[2] as string)) : check(value);
    return complaint && `entry '${value}' contains invalid ID - ${complaint}\n\n`;
  };
}

const storage = identifier('storage');

/** Formats of names and numbers that identify something in the cluster. */
export const idFormats: Formats = {
  'pve-vmid': pattern(/^[1-9][0-9]{2,8}\n?$/, 'value does not look like a valid VM ID'),
  'pve-node': pattern(
    /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\n?$/,
    'value does not look like a valid node name',
  ),
  'pve-configid': pattern(/^[a-z][a-z0-9_-]+\n?$/i, "invalid configuration ID '$&'"),
  'pve-storage-id': storage,
  'storage-pair': pairOf(storage),
  'bridge-pair': pairOf(pattern(/^[-_.\p{L}\p{M}\p{N}]+\n?$/u, "invalid bridge ID '$&'")),
  'acme-plugin-id': identifier('ACME plugin'),
  'pve-userid': userid,
  'pve-realm': pattern(new RegExp(`^${REALM}\\n?$`), 'value does not look like a valid realm'),
  'pve-groupid': pattern(/^[A-Za-z0-9._-]+\n?$/, "group name '$&' contains invalid characters"),
  'pve-roleid': pattern(/^[A-Za-z0-9._-]+\n?$/, "role name '$&' contains invalid characters"),
  'pve-poolid': poolid,
  'pve-tokenid': pattern(
    new RegExp(`^${USER}@${REALM}!${REALM}\\n?$`),
    "value '$&' does not look like a valid token ID",
  ),
  'pve-replication-job-id': replicationJob,
  'pve-ha-resource-id': pattern(/^[a-z]+:\S+\n?$/, 'value does not look like a valid ha resource id'),
  'pve-ha-resource-or-vm-id': pattern(
    /^([a-z]+:\S+|\d+)\n?$/,
    'value does not look like a valid ha resource id',
  ),
  'pve-ha-node': pattern(
    /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(:\d+)?\n?$/,
    'value does not look like a valid ha node',
  ),
  'pve-sdn-fabric-id': pattern(
    /^[a-zA-Z0-9][a-zA-Z0-9-]{0,6}[a-zA-Z0-9]?\n?$/,
    "Fabric ID '$&' contains illegal characters",
  ),
  'pve-sdn-isis-net': pattern(
    /^[a-fA-F0-9]{2}(\.[a-fA-F0-9]{4}){3,9}\.[a-fA-F0-9]{2}\n?$/,
    'value does not look like a valid isis net',
  ),
  'pve-sdn-bgp-rt': (value) => {
    const found = /^(\d+):(\d+)\n?$/.exec(value);
    const right = found && Number(found[1]) <= 4294967295 && Number(found[2]) <= 4294967295;
    return right ? undefined : 'value does not look like a valid bgp route-target';
  },
};
