/** The privileges for nothing but looking. */
const LOOK = ['Datastore', 'Mapping', 'Pool', 'SDN', 'Sys', 'VM', 'VM.GuestAgent'].map(
  (kind) => `${kind}.Audit`,
);

const VM_USER = [
  ...['VM.Audit', 'VM.Backup', 'VM.Config.CDROM', 'VM.Config.Cloudinit', 'VM.Console', 'VM.GuestAgent.Audit'],
  ...['VM.GuestAgent.FileRead', 'VM.GuestAgent.FileSystemMgmt', 'VM.GuestAgent.FileWrite', 'VM.PowerMgmt'],
];

/**
 * The built-in roles of Proxmox VE and their privileges, as recorded on PVE 9.2; without those that hold a bit of
 * everything (PVEAdmin, Administrator) and NoAccess. Smallest first.
 */
export const builtInRoles: Readonly<Record<string, readonly string[]>> = {
  PVEPoolUser: ['Pool.Audit'],
  PVETemplateUser: ['VM.Audit', 'VM.Clone'],
  PVEDatastoreUser: ['Datastore.AllocateSpace', 'Datastore.Audit'],
  PVEMappingUser: ['Mapping.Audit', 'Mapping.Use'],
  PVEPoolAdmin: ['Pool.Allocate', 'Pool.Audit'],
  PVESDNUser: ['SDN.Audit', 'SDN.Use'],
  PVEMappingAdmin: ['Mapping.Audit', 'Mapping.Modify', 'Mapping.Use'],
  PVESDNAdmin: ['SDN.Allocate', 'SDN.Audit', 'SDN.Use'],
  PVESysAdmin: ['Sys.Audit', 'Sys.Console', 'Sys.Syslog'],
  PVEUserAdmin: ['Group.Allocate', 'Realm.AllocateUser', 'User.Modify'],
  PVEDatastoreAdmin: [
    'Datastore.Allocate',
    'Datastore.AllocateSpace',
    'Datastore.AllocateTemplate',
    'Datastore.Audit',
  ],
  PVEAuditor: LOOK,
  PVEVMUser: VM_USER,
  PVEVMAdmin: [
    ...VM_USER,
    ...['VM.Allocate', 'VM.Clone', 'VM.Config.CPU', 'VM.Config.Disk', 'VM.Config.HWType', 'VM.Config.Memory'],
    ...['VM.Config.Network', 'VM.Config.Options', 'VM.GuestAgent.Unrestricted', 'VM.Migrate', 'VM.Replicate'],
    ...['VM.Snapshot', 'VM.Snapshot.Rollback'],
  ],
};

/**
 * The built-in role that gives these privileges and beside them nothing but looking. Whatever only looks is in PVEAuditor,
 * whose name says so.
 */
export function leastRole(privileges: readonly string[]): string | undefined {
  const looks = (privilege: string) => privilege.endsWith('.Audit');
  if (privileges.every(looks))
    return privileges.every((one) => LOOK.includes(one)) ? 'PVEAuditor' : undefined;
  const fitting = Object.entries(builtInRoles).filter(
    ([, held]) =>
      privileges.every((one) => held.includes(one)) &&
      held.every((one) => looks(one) || privileges.includes(one)),
  );
  return fitting[0]?.[0];
}

/** The built-in role of exactly these privileges. */
export function roleOf(privileges: readonly string[]): string | undefined {
  return Object.entries(builtInRoles).find(
    ([, held]) => held.length === privileges.length && held.every((one) => privileges.includes(one)),
  )?.[0];
}

/** The smallest built-in role that has these privileges among others. */
export function widerRole(privileges: readonly string[]): string | undefined {
  return Object.entries(builtInRoles).find(([, held]) => privileges.every((one) => held.includes(one)))?.[0];
}
