import { type Formats, pattern } from './format.ts';

/** PVE's rule for identifiers that stand in section headers. */
function identifier(what: string): (value: string) => string | undefined {
  return (value) => {
    if (value.length < 2) return `${what} ID '${value}' cannot be shorter than 2 characters`;
    return /^[a-z][a-z0-9\-_.]*[a-z0-9]\n?$/i.test(value)
      ? undefined
      : `${what} ID '${value}' contains illegal characters`;
  };
}

const USER = '[^\\s:/]+';
const REALM = '[A-Za-z][A-Za-z0-9._-]+';

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

/** Formats of names and numbers that identify something in the cluster. */
export const idFormats: Formats = {
  'pve-vmid': pattern(/^[1-9][0-9]{2,8}\n?$/, 'value does not look like a valid VM ID'),
  'pve-node': pattern(
    /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\n?$/,
    'value does not look like a valid node name',
  ),
  'pve-configid': pattern(/^[a-z][a-z0-9_-]+\n?$/i, "invalid configuration ID '$&'"),
  'pve-storage-id': identifier('storage'),
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
};
