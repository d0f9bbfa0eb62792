/** How much an assistant may do. Each level holds the one before. */
export type Level = 'read' | 'operate' | 'full';

const READ = [
  ...['Datastore.Audit', 'Mapping.Audit', 'Pool.Audit', 'SDN.Audit', 'Sys.Audit', 'VM.Audit'],
  'VM.GuestAgent.Audit',
];

/**
 * What daily work on guests that exist needs. Not VM.Allocate, so nothing is created or destroyed; no console and no
 * commands or files in a guest, which would be all of that guest. Datastore.AllocateSpace is where backups and larger
 * disks go, SDN.Use what a network card is put on, Sys.Syslog where one looks when something failed.
 */
const OPERATE = [
  ...READ,
  ...['Datastore.AllocateSpace', 'SDN.Use', 'Sys.Syslog', 'VM.Backup', 'VM.Config.CDROM', 'VM.Config.CPU'],
  ...['VM.Config.Cloudinit', 'VM.Config.Disk', 'VM.Config.HWType', 'VM.Config.Memory', 'VM.Config.Network'],
  ...['VM.Config.Options', 'VM.GuestAgent.FileSystemMgmt', 'VM.Migrate', 'VM.PowerMgmt', 'VM.Snapshot'],
  'VM.Snapshot.Rollback',
];

/**
 * Everything that Proxmox VE 9.2 knows, but for what decides who may do what: Permissions.Modify, User.Modify,
 * Group.Allocate, Realm.Allocate and Realm.AllocateUser.
 */
const FULL = [
  ...OPERATE,
  ...['Datastore.Allocate', 'Datastore.AllocateTemplate', 'Mapping.Modify', 'Mapping.Use', 'Pool.Allocate'],
  ...['SDN.Allocate', 'Sys.AccessNetwork', 'Sys.Console', 'Sys.Incoming', 'Sys.Modify', 'Sys.PowerMgmt'],
  ...['VM.Allocate', 'VM.Clone', 'VM.Console', 'VM.GuestAgent.FileRead', 'VM.GuestAgent.FileWrite'],
  ...['VM.GuestAgent.Unrestricted', 'VM.Replicate'],
];

const PRIVILEGES: Readonly<Record<Level, readonly string[]>> = {
  read: READ.toSorted(),
  operate: OPERATE.toSorted(),
  full: FULL.toSorted(),
};

/** What each level is for, in a person's words. */
export const levels: Readonly<Record<Level, string>> = {
  read: 'look at everything, change nothing',
  operate:
    'also start, stop, move, back up, snapshot and reconfigure the guests there are; not create or destroy any, not look into them',
  full: 'also create and destroy, work inside guests, change storage, network and nodes; not users, roles and permissions',
};

export function isLevel(text: string): text is Level {
  return Object.hasOwn(levels, text);
}

/** A role that init makes. */
export interface Role {
  /** Proxmox keeps names that begin with PVE for its own. */
  name: string;
  privileges: readonly string[];
}

/** A role on a path and all below it. */
export interface Grant {
  path: string;
  role: Role;
}

export function roleOf(level: Level): Role {
  return { name: `proxmox-mcp-${level}`, privileges: PRIVILEGES[level] };
}

/** The names of all roles that init ever makes: by these it knows its own. */
export const ourRoles: readonly string[] = ['read', 'operate', 'full'].map((level) => `proxmox-mcp-${level}`);

/**
 * What the user and the token are given. Roles are edited with Sys.Modify on /access: whoever holds that may give themselves
 * everything, so `full` only looks there. An entry on a path stands in for what would come down from above.
 */
export function grantsOf(level: Level): Grant[] {
  const all = [{ path: '/', role: roleOf(level) }];
  return level === 'full' ? [...all, { path: '/access', role: roleOf('read') }] : all;
}
