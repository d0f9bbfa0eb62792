import { checkCalendarEvent } from './calendar-event.ts';
import { type Formats, pattern } from './format.ts';
import { splitList } from './lists.ts';

/** The privileges of PVE 9.2, as its Administrator role has them (recorded). */
const PRIVILEGES = new Set(
  `Datastore.Allocate Datastore.AllocateSpace Datastore.AllocateTemplate Datastore.Audit Group.Allocate Mapping.Audit
  Mapping.Modify Mapping.Use Permissions.Modify Pool.Allocate Pool.Audit Realm.Allocate Realm.AllocateUser SDN.Allocate
  SDN.Audit SDN.Use Sys.AccessNetwork Sys.Audit Sys.Console Sys.Incoming Sys.Modify Sys.PowerMgmt Sys.Syslog User.Modify
  VM.Allocate VM.Audit VM.Backup VM.Clone VM.Config.CDROM VM.Config.CPU VM.Config.Cloudinit VM.Config.Disk
  VM.Config.HWType VM.Config.Memory VM.Config.Network VM.Config.Options VM.Console VM.GuestAgent.Audit
  VM.GuestAgent.FileRead VM.GuestAgent.FileSystemMgmt VM.GuestAgent.FileWrite VM.GuestAgent.Unrestricted VM.Migrate
  VM.PowerMgmt VM.Replicate VM.Snapshot VM.Snapshot.Rollback`.split(/\s+/),
);

function startupOrder(value: string): string | undefined {
  const right =
    value !== '' &&
    value !== '0' &&
    value.split(',').every((part) => /^\s*$|^(order=)?\d+\n?$|^(up|down)=\d+\n?$/.test(part));
  return right ? undefined : 'unable to parse startup options';
}

function cpuset(value: string): string | undefined {
  const right = value.split(',').every((part) => {
    if (part === '') return true;
    const range = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    return range && (range[2] === undefined || Number(range[2]) >= Number(range[1]));
  });
  return right ? undefined : 'unable to parse cpuset option';
}

function hotplug(value: string): string | undefined {
  if (value === '0' || value === '1') return undefined;
  const wrong = splitList(value).find((word) => !/^(network|disk|cpu|memory|usb|cloudinit)$/.test(word));
  return wrong === undefined ? undefined : `invalid hotplug feature '${wrong}'`;
}

function physBits(value: string): string | undefined {
  const bits = /^\d{1,2}\n?$/.test(value) ? Number(value) : undefined;
  const right = /^host\n?$/.test(value) || (bits !== undefined && bits >= 8 && bits <= 64);
  return right ? undefined : "value must be an integer between 8 and 64 or 'host'";
}

function timezone(value: string): string | undefined {
  if (value === 'host' || value === 'UTC') return undefined;
  const known = value.includes('/') && isTimezone(value);
  return known ? undefined : `invalid time zone '${value}'`;
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function pem(label: string, many: boolean): (value: string) => string | undefined {
  const block = `-----BEGIN ${label}-----\\s*(?:[0-9A-Za-z+/]+\\s*\\n)*[0-9A-Za-z+/]*(?:=\\s*\\n=|={0,2})?\\s*\\n-----END ${label}-----\\s*`;
  const shape = new RegExp(many ? `^(?:${block})+$` : `^${block}$`);
  return (value) => {
    const start = value.search(new RegExp(`-----BEGIN ${label}-----`));
    return shape.test(start > 0 ? value.slice(start) : value)
      ? undefined
      : 'not a valid PEM-formatted string.';
  };
}

function commandBatch(value: string): string | undefined {
  try {
    return Array.isArray(JSON.parse(value)) ? undefined : 'commands is not a valid array of commands: ';
  } catch {
    return 'commands param did not contain valid JSON: ';
  }
}

/** Formats of settings that name nothing and address nothing. */
export const valueFormats: Formats = {
  string: () => undefined,
  urlencoded: pattern(/^[-%a-zA-Z0-9_.!~*'()]*\n?$/, 'invalid urlencoded string: $&'),
  'disk-size': pattern(/^\d+(\.\d+)?([KMGT](iB)?)?\n?$/, 'value does not look like a valid disk size: $&'),
  'ldap-simple-attr': pattern(
    /^[a-zA-Z0-9]+\n?$/,
    "value '$&' does not look like a simple ldap attribute name",
  ),
  'pve-tag': pattern(/^[a-z0-9_][a-z0-9_\-+.]*\n?$/i, 'invalid characters in tag'),
  'pve-task-status-type': pattern(/^(ok|error|warning|unknown)\n?$/i, "invalid status '$&'"),
  'pve-day-of-week': pattern(/^(mon|tue|wed|thu|fri|sat|sun)\n?$/, "invalid day '$&'"),
  'pve-priv': (value) => (PRIVILEGES.has(value) ? undefined : `invalid privilege '${value}'`),
  'pve-startup-order': startupOrder,
  'pve-calendar-event': checkCalendarEvent,
  'pve-cpuset': cpuset,
  'pve-hotplug-features': hotplug,
  'pve-phys-bits': physBits,
  'pve-ct-timezone': timezone,
  'pem-certificate': pem('CERTIFICATE', false),
  'pem-certificate-chain': pem('CERTIFICATE', true),
  'pem-string': pem('.*?', false),
  'pve-acme-domain': pattern(
    /^[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)+\n?$/i,
    "value '$&' does not look like a valid domain name!",
  ),
  'pve-acme-alias': pattern(
    /^[a-z0-9_][a-z0-9_-]*(?:\.[a-z0-9_][a-z0-9_-]*)+\n?$/i,
    "value '$&' does not look like a valid alias name!",
  ),
  'pve-command-batch': commandBatch,
};
