import type { TextRule } from './text-rule.ts';

/** What stands in the way: locks, missing rights, the cluster, the guest's agent, the state that something is in. */
export const obstacleTexts: readonly TextRule[] = [
  // Locks. A config lock lasts seconds; "VM is locked (x)" lasts as long as the job x, or for ever if that job died.
  [
    /can't lock file|got (?:lock|lock request) timeout|can't a(?:c)?quire lock|unable to acquire lock|cfs-lock/i,
    'locked',
    'Another task holds this lock for a moment: try again in some seconds, or look at the running tasks.',
  ],
  [
    /\bis locked\b|\bis currently locked|locked by another/i,
    'locked',
    'A job holds this lock (its name is in brackets): wait for its task to end. If no such task runs any more, root@pam can remove the lock on the node with `qm unlock` or `pct unlock`.',
  ],
  [
    /\b(?:resource|dataset|device|pool) is busy|another (?:process|task|job)\b.*\brunning|(?:task|job|migration|replication) (?:is )?(?:still|already) (?:running|active|in progress)/i,
    'locked',
    'Something else works on it now: wait for its task to end, then try again.',
  ],

  // Rights that no privilege gives.
  [
    /\bonly root\b|\bonly root@pam\b|user != root@pam|root@pam only/i,
    'forbidden',
    'Only root@pam logged in with a password may do this; an API token never can, not even one of root@pam. Leave that option out, or do it on the node.',
  ],
  [
    /need proper ticket|not available with api token/i,
    'forbidden',
    'API tokens may never call this, whatever their privileges: log in with a password (PROXMOX_USER with PROXMOX_PASSWORD and without PROXMOX_TOKEN_ID; in a program the options user and password).',
  ],
  [
    /permission check failed|permission denied|insufficient permissions?|not permitted|access denied|operation not allowed/i,
    'forbidden',
    'Ask an administrator for the privilege. /access/permissions shows what this login may do.',
  ],

  // The cluster itself.
  [
    /no quorum|cluster not ready/i,
    'wrong_state',
    'The cluster has no quorum, so nothing can be changed: bring the other nodes back. /cluster/status shows which are missing.',
  ],
  [
    /unable to load access control list|\/etc\/pve.*(?:not mounted|transport endpoint)|transport endpoint is not connected|ipcc_send_rec/i,
    'node_unreachable',
    'The cluster file system of that node is down (pmxcfs, /etc/pve): on the node, look at `systemctl status pve-cluster`. Calls through another node still work.',
  ],
  [
    /hostname lookup '|name or service not known|failed to get address info/i,
    'not_found',
    'There is no node of that name, or its name does not resolve on the node asked: /nodes lists the nodes.',
  ],

  // A guest's agent.
  [
    /no qemu guest agent configured/i,
    'wrong_state',
    "Switch the agent on in the VM's config (agent=1), install qemu-guest-agent in the guest, then stop and start the VM.",
  ],
  [
    /guest agent is not running|guest agent not running/i,
    'wrong_state',
    'The VM runs without its agent: it may still be starting, or qemu-guest-agent is not installed or stopped inside the guest.',
  ],
  [
    /^agent error: pid \S+ does not exist/i,
    'not_found',
    'The result of a command in a guest can be read once after it has ended; run the command again if the result is lost.',
  ],
  [
    /^agent error/i,
    'refused',
    'The agent inside the guest refused this: the reason lies in the guest, not in Proxmox.',
  ],

  // Not in the right state.
  [
    /checksum mismatch: got '/i,
    'wrong_state',
    'What arrived is not the file that the checksum belongs to, and it was not stored: compare both with the source, then send it again.',
  ],
  [
    /detected modified configuration|checksum mismatch|file change by other user/i,
    'wrong_state',
    'The configuration changed since it was read: read it again, then send the change with the new digest.',
  ],
  [
    /you can't start a vm if it's a template|is a template\b|a template\b.*(?:not|can't)|on templates?\b/i,
    'wrong_state',
    'It is a template, which never runs: clone it and use the clone.',
  ],
  [
    /already running|is running\b|while (?:the )?(?:vm|ct|container|guest) is running|container is running/i,
    'wrong_state',
    'It is running: shut it down first if the job needs it stopped.',
  ],
  [
    /\bnot running\b|is (?:not active|stopped)\b|isn't running/i,
    'wrong_state',
    'It is not running: start it first.',
  ],
  [
    /protection mode|protected volume|is protected|protected (?:backup|snapshot)/i,
    'wrong_state',
    'It is protected against removal: take the protection off first (protection=0 for a guest, protected=0 for a backup).',
  ],
  [
    /linked clone feature is not supported/i,
    'wrong_state',
    'Only a template can be cloned linked, and only on some storages: make a full clone (full=1).',
  ],
  [
    /snapshot feature is not (?:available|supported)|feature is not (?:available|supported)/i,
    'wrong_state',
    'A disk of this guest lies where this is not supported (raw on a directory, for one): use qcow2, ZFS, LVM-thin or Ceph, or make a backup instead.',
  ],
  [
    /is not most recent snapshot/i,
    'wrong_state',
    'Newer snapshots stand in the way, and this storage can only go back to the newest: delete them first, or clone the guest from that snapshot.',
  ],
  [
    /storage '[^']*' is (?:not (?:available|active|online|enabled)|disabled|offline)|is not available on node|not online|is disabled\b/i,
    'wrong_state',
    'It is disabled or not available on that node: look at /nodes/{node}/storage for what is.',
  ],
  [
    /without --online|running vm without/i,
    'wrong_state',
    'It is running: migrate it online (online=1), or shut it down first.',
  ],
  [
    /can't migrate|cannot migrate|local (?:disks?|devices?|resources?|cdrom)/i,
    'wrong_state',
    'Something local to the node holds the guest there: look at what the migration preconditions list, and use with-local-disks=1 or detach it.',
  ],
  [
    /no spice port/i,
    'wrong_state',
    'The VM has no SPICE display: set vga=qxl and start it again, or use VNC.',
  ],
  [
    /\bin use\b|still used by|is used by|has snapshots|not empty|has running|is mounted|is active\b/i,
    'wrong_state',
    'Something still uses it: the text names what. Detach or remove that first.',
  ],
];
