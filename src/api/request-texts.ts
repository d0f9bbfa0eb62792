import type { TextRule } from './text-rule.ts';

/** What is wrong with the request or came of it: names taken or unknown, time or space run out, values not understood. */
export const requestTexts: readonly TextRule[] = [
  [
    /duplicate parameter/i,
    'invalid_parameter',
    'Give that parameter once: the path or the query has it already.',
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

  [
    /^unexpected status$/i,
    'refused',
    'The task ended without a word, most likely because the node restarted or the worker was killed: look at the state of what it worked on before starting it again.',
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
    /^job errors$/i,
    'refused',
    'Some of the guests in this job failed, others may be done: the task log says which, and why.',
  ],
  [
    /exited with code \d+/i,
    'refused',
    'The program ended with an error: the lines before that in the task log say why (a disk, bridge or device that is missing, for one).',
  ],
  [
    / at \/usr\/(?:share|lib)\/.* line \d+/i,
    'refused',
    'Proxmox stumbled in its own code, most often because the thing named (a position, an id) is not there: list what there is, then try again.',
  ],
];
