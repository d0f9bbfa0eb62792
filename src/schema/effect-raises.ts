import { isDiskName } from './disk-names.ts';

/** The parameters of a call, as they are sent or as they were given. */
export type GivenParams = Readonly<Record<string, unknown>>;

/** Calls by verb and path pattern, and why these parameters make one of them a danger; undefined: they do not. */
export type Raise = readonly [calls: string, why: (params: GivenParams) => string | undefined];

/** The parameters that make a call worse than its kind. None makes one better. */
export const raises: readonly Raise[] = [
  [
    'POST|PUT|DELETE /nodes/**',
    ({ skiplock }) => when(isOn(skiplock), 'it ignores the lock of a running task'),
  ],
  [
    'POST /nodes/*/qemu|lxc',
    ({ force }) => when(isOn(force), 'it overwrites the guest that has this VMID, with its disks'),
  ],
  ['POST /nodes/*/qemu|lxc', guestSettings],
  ['POST|PUT /nodes/*/qemu|lxc/*/config', guestSettings],
  ['POST|PUT /nodes/*/qemu|lxc/*/config', ({ delete: names }) => deleted(names)],
  [
    'POST /nodes/*/qemu|lxc/*/status/shutdown',
    ({ forceStop }) => when(isOn(forceStop), 'a guest that does not shut down in time is killed'),
  ],
  ['POST /nodes/*/vzdump', backup],
  ['POST|PUT /cluster/backup/**', backup],
  ['PUT /cluster/backup/*', ({ enabled }) => when(isOff(enabled), 'its guests are no longer backed up')],
  [
    'PUT /nodes/*/storage/*/content/*',
    ({ protected: keep }) => when(isLetGo(keep), 'the backup may be pruned and deleted again'),
  ],
  [
    'PUT /storage/*',
    (params) => anyOf(params, STORAGE_LIMITS, 'guests and backups lose what they need of the storage'),
  ],
  ['POST|PUT /storage/**', ({ 'prune-backups': keep }) => prunes(keep)],
  ['POST /storage', ({ base }) => when(given(base), 'what is on the disk below it is lost')],
  [
    'POST /storage',
    ({ path }) =>
      when(isOfSystem(path), "the node's own files can be read, overwritten and deleted as a storage's"),
  ],
  [
    'POST|PUT /cluster/ha/resources/**',
    ({ state }) =>
      when(/stopped|disabled/i.test(textOf(state)), 'the guest is stopped, by force after a while'),
  ],
  [
    'POST|PUT /cluster/ha/resources/**',
    ({ state }) => when(/ignored/i.test(textOf(state)), 'HA no longer looks after the guest'),
  ],
  [
    'PUT /cluster/ha/rules/**',
    ({ disable }) => when(isOn(disable), 'guests are otherwise kept running when a node fails'),
  ],
  [
    'PUT /cluster/metrics|notifications/**',
    ({ disable }) => when(isOn(disable), 'measurements or warnings no longer arrive'),
  ],
  [
    'PUT /cluster/options',
    (params) => anyOf(params, CLUSTER_WIDE, 'it changes how all nodes treat users, failures or migrations'),
  ],
  [
    'POST|PUT /cluster/replication/**',
    ({ remove_job }) => when(given(remove_job), 'the job is removed, and its copies with it'),
  ],
  [
    'PUT /pools/**',
    (params) =>
      when(
        isOn(params.delete) || isOn(params['allow-move']),
        'guests leave their pool, and whoever had privileges there loses them',
      ),
  ],
  [
    'PUT /cluster/sdn/**',
    (params) => when(given(params.delete), 'once applied, settings of the network are gone'),
  ],
  [
    'PUT /cluster/mapping/**',
    (params) => when(given(params.map), 'guests that use the mapping get another device, or none'),
  ],
  ['DELETE /cluster/sdn/lock', ({ force }) => when(isOn(force), "it breaks another's lock on the network")],
  [
    'POST|PUT /nodes/*/certificates/**',
    ({ force }) => when(isOn(force), "the operator's own certificate is overwritten"),
  ],
  [
    'POST /**/firewall/**',
    ({ rename }) => when(given(rename), 'rules that name it by its old name no longer fit'),
  ],
];

const STORAGE_LIMITS = ['disable', 'nodes', 'content', 'delete', 'encryption-key', 'master-pubkey'];
const CLUSTER_WIDE = [
  ...['delete', 'fencing', 'ha', 'migration', 'migration_unsecure'],
  ...['u2f', 'user-tag-access', 'webauthn'],
];

/** What else a guest is given by a path of the node, beside its disks. */
const DEVICE = /^(?:dev|serial|parallel)\d*$/;
/** The part that has no key may stand anywhere in a property string. */
const PATH_PART = /(?:^|,)\s*(?:(?:file|volume|path|import-from)=\s*)?\//;

/** What the settings of a guest do to its node: whoever reaches that reaches all that is on it. */
export function reachesNode(params: GivenParams): string | undefined {
  if (given(params.script)) return 'a script runs on the node, as root';
  if (given(params.hookscript)) return 'a script runs on the node whenever the guest starts or stops';
  if (given(params.args)) return 'QEMU is started with arguments that can reach anything on the node';
  for (const name in params) {
    const value = textOf(params[name]);
    if ((isDiskName(name) || DEVICE.test(name)) && PATH_PART.test(value))
      return 'it gives the guest a disk, a directory or a device of the node itself';
    // What is mapped was given away by an administrator.
    if (/^hostpci\d+$/.test(name) && given(value) && !/(?:^|,)mapping=/.test(value))
      return 'it takes a PCI device from the node, which can be what its disks or its network hang on';
  }
  return undefined;
}

function guestSettings(params: GivenParams): string | undefined {
  const reached = reachesNode(params);
  if (reached !== undefined) return reached;
  if (isLetGo(params.protection)) return 'the guest and its disks can be deleted again';
  for (const name in params)
    if (/^net\d+$/.test(name) && /\blink_down=(?!0(?:,|$))/.test(textOf(params[name])))
      return "the guest's network is unplugged";
  return undefined;
}

function deleted(names: unknown): string | undefined {
  const list = textOf(names).split(/[\s,;]+/);
  if (list.some((name) => isDiskName(name))) return 'the guest loses a disk; an unused one is deleted';
  if (list.some((name) => /^net\d+$/.test(name))) return 'the guest loses a network card';
  return when(
    list.some((name) => ['protection', 'lock'].includes(name)),
    'what kept the guest from being changed or deleted is gone',
  );
}

function backup(params: GivenParams): string | undefined {
  if (given(params.script)) return 'a script runs on the node, as root';
  if (isOn(params.stop)) return 'backups that run on the node are broken off';
  return prunes(params['prune-backups']);
}

function prunes(keep: unknown): string | undefined {
  return when(given(keep) && !/^keep-all=1$/.test(textOf(keep)), 'older backups are deleted');
}

function anyOf(params: GivenParams, names: readonly string[], why: string): string | undefined {
  return when(
    names.some((name) => given(params[name])),
    why,
  );
}

function when(is: boolean, why: string): string | undefined {
  return is ? why : undefined;
}

/** Whether the parameter is there at all: Proxmox reads `key=` as no value. */
function given(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** On is what is not off: Proxmox takes `1`, and where it took another spelling it would mean on. */
function isOn(value: unknown): boolean {
  return given(value) && !isOff(value);
}

/** Whether a protection that is named here does not hold afterwards, whatever was written for "off". */
function isLetGo(value: unknown): boolean {
  return value !== undefined && value !== null && !(value === true || textOf(value) === '1');
}

/** Where a node keeps itself: no storage is made of that, save for `/var/lib/vz`. */
const SYSTEM =
  /^(?:$|(?:etc|root|boot|usr|bin|sbin|lib\w*|dev|proc|sys|run|var(?!\/lib\/vz(?:\/|$)))(?:\/|$))/;

function isOfSystem(path: unknown): boolean {
  const words = textOf(path)
    .split('/')
    .filter((word) => word !== '' && word !== '.');
  return given(path) && (words.includes('..') || SYSTEM.test(words.join('/')));
}

function isOff(value: unknown): boolean {
  return value === false || value === 0 || value === '0';
}

function textOf(value: unknown): string {
  return given(value) ? String(value) : '';
}
