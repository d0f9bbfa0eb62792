import type { Product } from './products.ts';

/** Who was refused: `user@realm`, or a token as `user@realm!name`. */
export interface Refused {
  kind: 'token' | 'password';
  name: string;
}

/**
 * The built-in role that gives least beside each privilege (PVE 9.2, as its list of roles was recorded). Whatever only
 * looks is in PVEAuditor, which can do nothing else. What is not here only Administrator has.
 */
const roles: readonly (readonly [role: string, privileges: RegExp])[] = [
  ['PVEAuditor', /^(?:Datastore|Mapping|Pool|SDN|Sys|VM|VM\.GuestAgent)\.Audit$/],
  ['PVETemplateUser', /^VM\.Clone$/],
  [
    'PVEVMUser',
    /^VM\.(?:Backup|Config\.(?:CDROM|Cloudinit)|Console|GuestAgent\.File(?:Read|SystemMgmt|Write)|PowerMgmt)$/,
  ],
  [
    'PVEVMAdmin',
    /^VM\.(?:Allocate|Config\.(?:CPU|Disk|HWType|Memory|Network|Options)|GuestAgent\.Unrestricted|Migrate|Replicate|Snapshot(?:\.Rollback)?)$/,
  ],
  ['PVEDatastoreUser', /^Datastore\.AllocateSpace$/],
  ['PVEDatastoreAdmin', /^Datastore\.Allocate(?:Template)?$/],
  ['PVEMappingUser', /^Mapping\.Use$/],
  ['PVEMappingAdmin', /^Mapping\.Modify$/],
  ['PVEPoolAdmin', /^Pool\.Allocate$/],
  ['PVESDNUser', /^SDN\.Use$/],
  ['PVESDNAdmin', /^SDN\.Allocate$/],
  ['PVESysAdmin', /^Sys\.(?:Console|Syslog)$/],
  ['PVEUserAdmin', /^(?:Group\.Allocate|Realm\.AllocateUser|User\.Modify)$/],
];

/**
 * `Permission check failed (/vms/100, VM.PowerMgmt)` as what to grant, where, and by which commands. Several privileges,
 * `Sys.Audit|Sys.Modify`, mean that one of them is enough. Undefined for every other text.
 */
export function forbiddenHint(text: string, who?: Refused, product?: Product): string | undefined {
  const [, where, what] = /permission check failed \((\/\S*|), ([\w.|]+)\)/i.exec(text) ?? [];
  if (where === undefined || what === undefined) return undefined;
  if (where === '')
    return `Proxmox takes no such name, so no privilege (${what}) can apply: check the spelling of what the call names.`;
  const privileges = what.split('|');
  const needs = `${who?.name ?? 'The login'} needs ${privileges.join(' or ')} on ${where}.`;
  const look = '/access/permissions shows what this login may do.';
  if (who === undefined || (product !== undefined && product.name !== 'pve'))
    return `${needs} Ask for a role that has it there. ${look}`;
  return `${needs} On the server: ${grant(where, privileges, who)} ${look}`;
}

function grant(where: string, privileges: readonly string[], { kind, name }: Refused): string {
  const privilege = privileges.find((one) => builtIn(one) !== undefined) ?? (privileges[0] as string);
  const role = builtIn(privilege) ?? `only-${privilege}`;
  const modify = `pveum acl modify ${quoted(where)} --roles ${role}`;
  const [user] = name.split('!', 1) as [string];
  const toUser = `\`${modify} --users ${quoted(user)}\``;
  const toToken = `\`${modify} --tokens ${quoted(name)}\``;
  const first = builtIn(privilege)
    ? ''
    : `no built-in role below Administrator has it, so make one with \`pveum role add ${role} --privs ${privilege}\`, then `;
  if (kind === 'password') return `${first}${toUser}.`;
  // root@pam may do everything already.
  if (user === 'root@pam') return `${first}${toToken}.`;
  return `${first}${toUser}; a privilege-separated token may only do what both it and its user may, so it needs ${toToken} as well.`;
}

function builtIn(privilege: string): string | undefined {
  return roles.find(([, privileges]) => privileges.test(privilege))?.[0];
}

/** One word for a shell, whatever a server put into it. */
function quoted(word: string): string {
  return /^[\w@.:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
