/** Methods by verb and path pattern, what they do, and for a danger why it is one. */
export type EffectRule = readonly [calls: string, effect: 'read' | 'change' | 'danger', because?: string];

const FIREWALL = 'it decides who is let in: a wrong rule cuts access or opens it';
const SHELL = 'it opens a shell on the node';
const CONSOLE = 'it opens the console: what is typed there runs in the guest';
const LOGIN = 'it hands out a login';
const DISK = 'what is on the disk is lost';

/**
 * What each method does, for its calls in general; parameters may make a call worse. The first that fits counts, and what
 * none fits is a danger, unless it is a GET. Reviewed line by line in `test/golden/effects.txt`.
 */
export const effectRules: readonly EffectRule[] = [
  // A GET that opens something is no read.
  ['GET /nodes/*/vncwebsocket', 'danger', SHELL],
  ['GET /nodes/*/qemu|lxc/*/vncwebsocket', 'danger', CONSOLE],
  ['GET /nodes/*/qemu|lxc/*/mtunnelwebsocket', 'danger', 'it opens a tunnel that a migration writes through'],
  ['GET /**/vncwebsocket', 'danger', 'it opens a console'],
  ['GET /backup', 'danger', 'it opens a session that writes backups'],

  // A guest's life.
  ['POST /nodes/*/qemu|lxc/*/status/start|shutdown|reboot|suspend|resume', 'change'],
  ['POST /nodes/*/qemu/*/status/stop', 'danger', 'the VM loses its power at once: unsaved work is lost'],
  ['POST /nodes/*/qemu/*/status/reset', 'danger', 'the VM is reset at once: unsaved work is lost'],
  ['POST /nodes/*/lxc/*/status/stop', 'danger', 'all its processes are killed at once: unsaved work is lost'],
  ['POST /nodes/*/qemu|lxc', 'change'],
  ['DELETE /nodes/*/qemu|lxc/*', 'danger', 'the guest, its disks and its snapshots are deleted'],
  ['POST|PUT /nodes/*/qemu|lxc/*/config', 'change'],
  ['PUT /nodes/*/qemu|lxc/*/resize', 'change'],
  ['PUT /nodes/*/qemu/*/cloudinit', 'change'],
  ['POST /nodes/*/qemu|lxc/*/clone', 'change'],
  ['POST /nodes/*/qemu|lxc/*/migrate', 'change'],
  ['POST /nodes/*/qemu|lxc/*/remote_migrate', 'danger', 'the guest and its data leave this cluster'],
  [
    'POST /nodes/*/qemu|lxc/*/mtunnel',
    'danger',
    'whoever holds the tunnel creates guests and writes disks here',
  ],
  ['POST /nodes/*/qemu/*/move_disk', 'change'],
  ['POST /nodes/*/lxc/*/move_volume', 'change'],
  ['PUT /nodes/*/qemu/*/unlink', 'danger', 'disks are taken from the VM, or deleted'],
  ['POST /nodes/*/qemu|lxc/*/template', 'danger', 'the guest becomes a template and never runs again'],
  ['POST /nodes/*/qemu/*/dbus-vmstate', 'change'],
  ['POST /nodes/*/qemu|lxc/*/snapshot', 'change'],
  ['PUT /nodes/*/qemu|lxc/*/snapshot/*/config', 'change'],
  ['DELETE /nodes/*/qemu|lxc/*/snapshot/*', 'danger', 'there is no way back to the snapshot any more'],
  ['POST /nodes/*/qemu|lxc/*/snapshot/*/rollback', 'danger', 'all that changed since the snapshot is lost'],
  ['POST /nodes/*/vzdump', 'change'],

  // Inside a guest.
  ['POST /nodes/*/qemu/*/agent/ping|fsfreeze-status', 'read'],
  [
    'POST /nodes/*/qemu/*/agent/shutdown|suspend-disk|suspend-hybrid|suspend-ram|fstrim|fsfreeze-thaw',
    'change',
  ],
  [
    'POST /nodes/*/qemu/*/agent/fsfreeze-freeze',
    'danger',
    'every program in the VM that writes stands still until thawed',
  ],
  ['POST /nodes/*/qemu/*/agent/exec', 'danger', 'it runs a program in the VM'],
  ['POST /nodes/*/qemu/*/agent/file-write', 'danger', 'it writes a file in the VM, over what is there'],
  ['POST /nodes/*/qemu/*/agent/set-user-password', 'danger', 'it changes a password in the VM'],
  [
    'POST /nodes/*/qemu/*/monitor',
    'danger',
    "QEMU's monitor can do anything to the VM, and to files on the node",
  ],
  ['PUT /nodes/*/qemu/*/sendkey', 'danger', 'it presses keys in the VM'],
  ['POST /nodes/*/qemu|lxc/*/vncproxy|termproxy|spiceproxy', 'danger', CONSOLE],

  // Many guests at once.
  ['POST /nodes/*/startall|migrateall', 'change'],
  ['POST /nodes/*/stopall', 'danger', 'it shuts guests down, and kills those that take too long'],
  ['POST /nodes/*/suspendall', 'danger', 'it stops the work of many guests'],
  ['POST /cluster/bulk-action/guest/start|migrate', 'change'],
  [
    'POST /cluster/bulk-action/guest/shutdown',
    'danger',
    'it shuts guests down, and kills those that take too long',
  ],
  ['POST /cluster/bulk-action/guest/suspend', 'danger', 'it stops the work of many guests'],

  // Nodes.
  ['POST /nodes/*/status', 'danger', 'the node goes down, with every guest on it'],
  ['POST /nodes/*/execute', 'danger', 'it runs a list of API calls on the node'],
  ['POST /nodes/*/termproxy|vncshell|spiceshell', 'danger', SHELL],
  ['POST /nodes/*/services/*/start', 'change'],
  ['POST /nodes/*/services/*/stop|restart|reload', 'danger', 'the service stops, and what needs it'],
  ['POST /nodes/*/apt/update', 'change'],
  ['POST|PUT /nodes/*/apt/repositories', 'danger', 'it decides where the node gets its programs from'],
  ['PUT /nodes/*/config', 'change'],
  ['PUT /nodes/*/dns', 'danger', 'a node that finds no names loses what it reaches by name'],
  ['POST /nodes/*/hosts', 'danger', 'the nodes of a cluster find each other by this file'],
  ['PUT /nodes/*/time', 'change'],
  ['POST /nodes/*/wakeonlan', 'change'],
  ['POST|PUT /nodes/*/subscription', 'change'],
  ['DELETE /nodes/*/subscription', 'danger', 'the key is gone, and with it the updates that it paid for'],
  ['POST /nodes/*/network', 'change'],
  ['PUT /nodes/*/network/*', 'change'],
  ['PUT /nodes/*/network', 'danger', 'a mistake in the new network cuts the node off'],
  // Forgets edits that were never applied; what runs stays as it is.
  ['DELETE /nodes/*/network', 'change'],
  ['DELETE /nodes/*/network/*', 'danger', 'once applied, what uses the interface is cut off'],
  ['DELETE /nodes/*/tasks/*', 'danger', 'the work of the task is stopped halfway'],
  ['POST|PUT /nodes/*/certificates/acme/certificate', 'change'],
  ['POST /nodes/*/certificates/custom', 'danger', 'a wrong certificate locks out whoever checks it'],
  ['DELETE /nodes/*/certificates/*', 'danger', 'a changed certificate locks out whoever pinned the old one'],
  [
    'DELETE /nodes/*/certificates/acme/certificate',
    'danger',
    'the certificate is revoked, which is not taken back',
  ],
  ['POST /nodes/*/replication/*/schedule_now', 'change'],

  // Disks and storage.
  ['PUT /nodes/*/disks/wipedisk', 'danger', DISK],
  ['POST /nodes/*/disks/**', 'danger', DISK],
  ['DELETE /nodes/*/disks/directory/*', 'danger', 'its storage is no longer mounted, and may be wiped'],
  ['DELETE /nodes/*/disks/**', 'danger', 'every volume on it is lost'],
  ['POST /nodes/*/storage/*/content', 'change'],
  ['PUT /nodes/*/storage/*/content/*', 'change'],
  [
    'POST /nodes/*/storage/*/content/*',
    'danger',
    'Proxmox itself calls this copying experimental, not to be used',
  ],
  ['DELETE /nodes/*/storage/*/content/*', 'danger', 'the volume is deleted: a disk, a backup, an image'],
  ['POST /nodes/*/storage/*/upload|download-url|oci-registry-pull', 'change'],
  ['DELETE /nodes/*/storage/*/prunebackups', 'danger', 'older backups are deleted'],
  ['POST /nodes/*/aplinfo', 'change'],
  ['POST /storage', 'change'],
  ['PUT /storage/*', 'change'],
  ['DELETE /storage/*', 'danger', 'guests with disks there do not start any more'],
  ['POST /nodes/*/ceph/start', 'change'],
  ['POST /nodes/*/ceph/mds|mgr|fs/*', 'change'],
  ['POST /nodes/*/ceph/pool', 'change'],
  ['POST /nodes/*/ceph/osd/*/scrub', 'change'],
  [
    'POST /nodes/*/ceph/osd/*/in|out',
    'danger',
    'Ceph moves the data of the disk, and has fewer copies meanwhile',
  ],
  ['POST /nodes/*/ceph/osd', 'danger', DISK],
  ['PUT /nodes/*/ceph/pool/*', 'danger', 'fewer copies or a smaller minimum put the data at risk'],
  ['POST /nodes/*/ceph/init', 'danger', 'it writes the configuration of all Ceph services'],
  ['POST /nodes/*/ceph/mon/*', 'danger', 'it changes who makes up the quorum of Ceph'],
  ['POST /nodes/*/ceph/stop|restart|restart-bulk', 'danger', 'Ceph services stop, and disks that need them'],
  ['POST /cluster/ceph/restart-bulk', 'danger', 'Ceph services stop, and disks that need them'],
  ['PUT /cluster/ceph/flags/**', 'danger', 'a flag can pause all disks of Ceph, or stop its healing'],
  ['DELETE /nodes/*/ceph/osd/*', 'danger', DISK],
  ['DELETE /nodes/*/ceph/pool|fs/*', 'danger', 'all data in it is lost'],
  ['DELETE /nodes/*/ceph/mon|mgr|mds/*', 'danger', 'Ceph loses one of its services, or its quorum'],
];

/** The same for what belongs to the cluster, and for users. */
export const clusterRules: readonly EffectRule[] = [
  ['PUT /access/acl', 'danger', 'it gives or takes privileges'],
  ['POST /access/openid/auth-url', 'change'],
  ['POST /access/openid/login', 'danger', LOGIN],
  ['POST /access/ticket', 'danger', LOGIN],
  ['POST /access/vncticket', 'change'],
  ['POST /access/users/*/token/*', 'danger', 'it makes an API token, a login of its own'],
  [
    'PUT /access/users/*/token/*',
    'danger',
    'it changes how long a token lasts and what it may, or its secret',
  ],
  ['DELETE /access/users/*/token/*', 'danger', 'what logs in with the token is locked out'],
  ['DELETE /access/users/*', 'danger', 'the user, its tokens and its privileges are gone'],
  ['PUT /access/users/*/unlock-tfa', 'danger', 'a user locked after wrong codes may try again'],
  ['POST|PUT /access/users/**', 'danger', 'it changes who may log in'],
  ['PUT /access/password', 'danger', 'the old password no longer works'],
  ['POST|PUT|DELETE /access/tfa/**', 'danger', 'it changes how a user proves who it is'],
  ['POST|PUT /access/groups/**', 'danger', 'groups hold privileges'],
  ['DELETE /access/groups/*', 'danger', 'its members lose the privileges of the group'],
  ['POST|PUT /access/roles/**', 'danger', 'a role is what its holders may do'],
  ['DELETE /access/roles/*', 'danger', 'whoever has the role loses its privileges'],
  ['POST /access/domains/*/sync', 'danger', 'users and groups are made, changed or removed'],
  ['POST|PUT /access/domains/**', 'danger', 'it changes who may log in'],
  ['DELETE /access/domains/*', 'danger', 'all users of the realm are locked out'],
  [
    'POST|PUT|DELETE /cluster/jobs/realm-sync/*',
    'danger',
    'it changes which users are made and removed by itself',
  ],

  ['POST|PUT|DELETE /cluster/config/**', 'danger', 'it changes which nodes make up the cluster'],
  ['PUT /cluster/options', 'change'],
  ['POST|PUT /cluster/acme/**', 'change'],
  ['DELETE /cluster/acme/account/*', 'danger', 'the account is closed at the CA'],
  ['DELETE /cluster/acme/plugins/*', 'danger', 'certificates that need it are not renewed'],
  ['POST|PUT /cluster/backup/**', 'change'],
  ['DELETE /cluster/backup/*', 'danger', 'its guests are no longer backed up'],
  ['POST /cluster/mapping/*', 'danger', 'guests can be given a device or a directory of the nodes by it'],
  ['POST|PUT /cluster/mapping|metrics|notifications|qemu/**', 'change'],
  ['DELETE /cluster/mapping/*/*', 'danger', 'guests that use the device do not start any more'],
  ['DELETE /cluster/metrics/server/*', 'danger', 'nothing is measured there any more'],
  ['DELETE /cluster/notifications/**', 'danger', 'warnings no longer arrive'],
  ['DELETE /cluster/qemu/custom-cpu-models/*', 'danger', 'VMs with this CPU do not start any more'],
  ['POST /cluster/replication', 'change'],
  ['PUT /cluster/replication/*', 'change'],
  ['DELETE /cluster/replication/*', 'danger', 'the copies on the other node are deleted'],
  ['POST|PUT /pools/**', 'change'],
  ['DELETE /pools/**', 'danger', 'privileges given on the pool mean nothing any more'],

  ['POST /cluster/ha/resources', 'change'],
  ['PUT /cluster/ha/resources/*', 'change'],
  ['POST /cluster/ha/resources/*/migrate', 'change'],
  [
    'POST /cluster/ha/resources/*/relocate',
    'danger',
    'the guest is stopped, by force after a while, and started elsewhere',
  ],
  ['POST|PUT /cluster/ha/groups|rules/**', 'change'],
  ['POST /cluster/ha/status/arm-ha', 'change'],
  ['POST /cluster/ha/status/disarm-ha', 'danger', 'no guest is started elsewhere when a node fails'],
  ['DELETE /cluster/ha/**', 'danger', 'guests are no longer, or otherwise, kept running when a node fails'],

  // Named things of the firewall do nothing before a rule uses them.
  ['POST /cluster/firewall/aliases|groups|ipset', 'change'],
  ['POST /nodes/*/qemu|lxc/*/firewall/aliases|ipset', 'change'],
  ['POST|PUT|DELETE /cluster/firewall/**', 'danger', FIREWALL],
  ['POST|PUT|DELETE /nodes/*/firewall/**', 'danger', FIREWALL],
  ['POST|PUT|DELETE /nodes/*/qemu|lxc/*/firewall/**', 'danger', FIREWALL],
  ['POST|PUT|DELETE /cluster/sdn/vnets/*/firewall/**', 'danger', FIREWALL],
  ['PUT /cluster/sdn', 'danger', 'the new networks are put to work on all nodes: a mistake cuts guests off'],
  ['POST|DELETE /cluster/sdn/lock', 'change'],
  // Forgets edits that were never applied; what runs stays as it is.
  ['POST /cluster/sdn/rollback', 'change'],
  ['POST|PUT /cluster/sdn/**', 'change'],
  ['DELETE /cluster/sdn/vnets/*/ips', 'danger', 'the address is free to be given to another guest'],
  ['DELETE /cluster/sdn/**', 'danger', 'once applied, what uses it is cut off'],
];
