import type { FailureCode } from '../failure.ts';

/** A text of Proxmox, what it means, and what to do next. */
export type TextRule = readonly [pattern: RegExp, code: FailureCode, hint: string];

/**
 * The first that matches counts: what is more telling stands first. Texts are as recorded on PVE 9.2 or as its sources
 * spell them.
 */
export const textRules: readonly TextRule[] = [
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
    'API tokens may not call this: log in with user and password instead.',
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
    /storage '[^']*' is (?:not (?:available|active|online|enabled)|disabled|offline)|is not available on node|not online|is disabled\b/i,
    'wrong_state',
    'It is disabled or not available on that node: look at /nodes/{node}/storage for what is.',
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

  // The name is taken.
  [
    /already (?:exists|defined|used|in use|taken|configured|registered|a member)|\bfile exists\b|duplicate (?:entry|name|id|key)\b|name '[^']*' already/i,
    'exists',
    'Choose another name or id (/cluster/nextid proposes a VMID), or change the one that is there.',
  ],

  // Nothing of that name.
  [
    /configuration file '.*\.conf' does not exist|unable to find configuration file|no such (?:vm|ct|container|guest)\b/i,
    'not_found',
    'There is no such guest of that kind on that node: /cluster/resources?type=vm lists every guest with its node and kind (qemu or lxc).',
  ],
  [
    /snapshot '[^']*' does not exist|no such snapshot/i,
    'not_found',
    'The guest has no snapshot of that name: list its snapshots.',
  ],
  [
    /storage '[^']*' does not exist|no such storage/i,
    'not_found',
    'There is no storage of that name: /storage lists them.',
  ],
  [
    /no such cluster node|node '[^']*' does not exist|no such node/i,
    'not_found',
    'There is no node of that name: /nodes lists the nodes.',
  ],
  [
    /volume_size_info on .* failed|no such (?:volume|logical volume)|volume '[^']*' (?:does not exist|not found)|dataset does not exist/i,
    'not_found',
    'There is no such volume: /nodes/{node}/storage/{storage}/content lists them.',
  ],
  [
    /^no such (?:user|group|role|token|realm)|(?:user|group|role|realm|domain) '[^']*' does not exist/i,
    'not_found',
    'There is no such user, token, group, role or realm: /access/users, /access/groups, /access/roles and /access/domains list them.',
  ],
  [
    /does(?: not|n't) exists?\b|\bno such\b|\bnot found\b|\bno rule at\b|unknown (?:user|node|storage|resource|job|realm)|could not find|unable to find|can't find/i,
    'not_found',
    'There is nothing of that name there: list what there is, and check spelling, node and kind.',
  ],

  // Time ran out, or somebody stopped it.
  [
    /(?:quit|powerdown|shutdown) failed\b.*timeout|vm quit\/powerdown failed/i,
    'timeout',
    'The guest did not shut down in time: its system ignores ACPI or its agent does not answer. Wait and try again, give a longer timeout, or stop it hard.',
  ],
  [
    /received interrupt|interrupted by signal|aborted by (?:user|signal)/i,
    'cancelled',
    'Somebody stopped the task. What it had done so far may remain: look before starting it again.',
  ],
  [
    /connection refused|can't connect to|connection timed out|network is unreachable|no route to host/i,
    'refused',
    'The node could not reach that address: check it, and name resolution and firewall as seen from the node.',
  ],
  [
    /\btime(?:d)? ?out\b/i,
    'timeout',
    'Proxmox waited for this in vain: look at the state of guest, node and storage, then try again.',
  ],

  // Out of something.
  [
    /no space left|not enough (?:free )?space|insufficient (?:free )?space|out of space|disk quota exceeded/i,
    'refused',
    'The storage is full: free space there, or choose another storage.',
  ],
  [
    /out of memory|cannot allocate memory|not enough memory/i,
    'refused',
    'The node has too little free memory: stop a guest, give this one less, or choose another node.',
  ],

  // The call itself.
  [/no options specified/i, 'invalid_parameter', 'Nothing to change was given: name at least one option.'],
  [
    /cannot be used together|can't use .* at the same time|mutually exclusive|conflicts? with|you can't use/i,
    'invalid_parameter',
    'Give one of the two, not both.',
  ],
  [
    /for data too large/i,
    'invalid_parameter',
    'A request body may have 512 KiB on PVE 9 (64 KiB before 2025): send less at a time.',
  ],
  [
    /unable to parse|invalid format|invalid (?:value|parameter|option|argument|volume|name|id|ip|size)|format error|not a (?:valid|proper|number)|missing (?:parameter|value|argument)|type check|upload failed|unexpected content/i,
    'invalid_parameter',
    'A value is not written the way Proxmox reads it: look at how the API description of this call writes it.',
  ],
  [
    /AnyEvent\.pm line \d+|upload 'content-type/i,
    'invalid_parameter',
    'Proxmox could not read the request body: send parameters as a form.',
  ],
  [
    /\bnot supported\b|unsupported\b|not possible|cannot be changed|can't (?:remove|delete|change)/i,
    'wrong_state',
    'This object, as it is set up, does not allow it: look at its configuration.',
  ],
  [
    / at \/usr\/(?:share|lib)\/.* line \d+/i,
    'refused',
    'Proxmox stumbled in its own code, most often because the thing named (a position, an id) is not there: list what there is, then try again.',
  ],
];
