import { reachesNode } from '../../schema/effect-raises.ts';
import { wordsOf } from '../../schema/path-pattern.ts';
import { type Call, textOf } from './call.ts';
import { vmidsIn } from './vmids.ts';
import { attachedOwners, ownersIn } from './volumes.ts';

/** Which guests a call reaches, as far as the call itself tells. What is not sure is wide. */
export interface Scope {
  /** Every guest there is. */
  everyone: boolean;
  /** Every guest on these nodes; `localhost` may be any. */
  nodes: Set<string>;
  pools: Set<string>;
  /** Those that are left out of the above. */
  except: Set<number>;
  vmids: Set<number>;
  /** Ids that the call wants for a new guest: touched where somebody has them already. */
  ifThere: Set<number>;
  /** A rule of HA, whose guests only the cluster knows. */
  haRule: string | undefined;
  /** The node and the kind of guest that the path names. */
  node: string;
  type: 'qemu' | 'lxc';
}

/** Reads the scope of a change off its path and its parameters. A guest that is only read from is not in it. */
export function scopeOf(call: Call): Scope {
  const { verb } = call;
  const words = wordsOf(call.path);
  const scope = nobody(words);
  const [area] = words;
  if (area === 'nodes') inNode(scope, call, words);
  else if (area === 'cluster') inCluster(scope, call, words);
  else if (area === 'storage') scope.everyone = words.length > 1;
  else if (area === 'access') add(scope.vmids, vmidsIn(/^\/vms\/(\d+)/.exec(textOf(call.params.path))?.[1]));
  else add(scope.vmids, vmidsIn(call.params['backup-id']), guestsInPath(words));
  // Code that runs on a node, and a disk of it, has every guest there in its hands.
  if (verb !== 'GET' && reachesNode(call.params) !== undefined) {
    if (area === 'nodes') scope.nodes.add(words[1] ?? '');
    else if (area === 'cluster') scope.everyone = true;
  }
  // Whatever the method, these name a guest that is changed.
  add(scope.vmids, vmidsIn(call.params.sid), vmidsIn(call.params.resources));
  if (!isBackup(words)) add(scope.vmids, vmidsIn(call.params.vms));
  if (!isBackup(words) && !isCreation(call, words)) add(scope.vmids, vmidsIn(call.params.vmid));
  add(scope.ifThere, vmidsIn(call.params.newid), vmidsIn(call.params['target-vmid']));
  add(scope.vmids, attachedOwners(call.params));
  return scope;
}

/** The VMIDs that a change names by itself, in its path or in its parameters. */
export function namedGuests(call: Call): number[] {
  const { vmids, ifThere } = scopeOf(call);
  return [...vmids, ...ifThere];
}

/** Whether a change reaches guests that it does not name. */
export function reachesMany(call: Call): boolean {
  const { everyone, nodes, pools } = scopeOf(call);
  return everyone || nodes.size + pools.size > 0;
}

function nobody(words: readonly string[]): Scope {
  return {
    everyone: false,
    nodes: new Set(),
    pools: new Set(),
    except: new Set(),
    vmids: new Set(),
    ifThere: new Set(),
    haRule: undefined,
    node: words[0] === 'nodes' && words[1] !== 'localhost' ? (words[1] ?? '') : '',
    type: words[2] === 'lxc' ? 'lxc' : 'qemu',
  };
}

/** What changes nothing about the guests of a node. All else there does, also what nobody has heard of. */
const NODE_ALONE =
  /^(?:aplinfo|apt\/update|certificates\/acme\/certificate|config|subscription|time|wakeonlan)$/;

function inNode(scope: Scope, call: Call, words: readonly string[]): void {
  const { params, verb } = call;
  const [, node = '', what = '', third = '', fourth = ''] = words;
  const rest = words.slice(2).join('/');
  if (isCreation(call, words)) {
    add(isOff(params.force) ? scope.ifThere : scope.vmids, vmidsIn(params.vmid));
  } else if ((what === 'qemu' || what === 'lxc') && third !== '') {
    // A copy only reads what it is made from.
    if (fourth !== 'clone') add(scope.vmids, guestsInPath(words));
    // What QEMU's monitor opens on the node can be another guest's disk.
    if (fourth === 'monitor') scope.nodes.add(node);
  } else if (/^(?:start|stop|suspend|migrate)all$/.test(what)) {
    if (vmidsIn(params.vms).length === 0) scope.nodes.add(node);
  } else if (what === 'vzdump') {
    backup(scope, params, node);
  } else if (what === 'storage') {
    inStorage(scope, call, words);
  } else if (what === 'replication') {
    add(scope.vmids, vmidsIn(third));
  } else if (what === 'tasks') {
    ofTask(scope, third);
  } else if (what === 'network') {
    // Settings wait until they are applied, by a PUT of them all.
    if (verb === 'PUT' && third === '') scope.nodes.add(node);
  } else if (what === 'ceph') {
    scope.everyone = true;
  } else if (!NODE_ALONE.test(rest)) {
    scope.nodes.add(node);
  }
}

function inStorage(scope: Scope, { params }: Call, words: readonly string[]): void {
  const [, , , , what = ''] = words;
  if (what === 'prunebackups' && vmidsIn(params.vmid).length === 0) scope.everyone = true;
  if (what === 'content')
    add(scope.vmids, ownersIn(words.slice(5).join('/')), ownersIn(textOf(params.filename)));
}

/** A task that is about one guest, or, where it is a job over many, all on its node. */
function ofTask(scope: Scope, upid: string): void {
  const [, node = '', , , , type = '', id = ''] = upid.split(':');
  const vmids = [...vmidsIn(id), ...ownersIn(id)];
  add(scope.vmids, vmids);
  if (
    vmids.length === 0 &&
    /^(?:vzdump|startall|stopall|suspendall|migrateall|bulk.*|ceph.*|srv.*)$/.test(type)
  )
    scope.nodes.add(node);
}

/** What in the cluster's own settings does nothing to a guest that is there. */
const CLUSTER_ALONE = /^(?:acme|jobs|metrics|notifications|options|qemu)(?:\/|$)/;

function inCluster(scope: Scope, { verb, params }: Call, words: readonly string[]): void {
  const [, area = '', what = '', name = ''] = words;
  const rest = words.slice(1).join('/');
  if (area === 'bulk-action') {
    scope.everyone = vmidsIn(params.vms).length === 0;
  } else if (area === 'backup') {
    if (verb === 'POST') backup(scope, params, undefined);
    if (verb === 'PUT') backupJob(scope, params);
  } else if (area === 'replication') {
    add(scope.vmids, vmidsIn(what), vmidsIn(params.id));
  } else if (area === 'ha') {
    if (what === 'resources') add(scope.vmids, vmidsIn(name));
    else if (what === 'rules') scope.haRule = name === '' ? undefined : name;
    else if (!(what === 'groups' && verb === 'POST') && words[3] !== 'arm-ha') scope.everyone = true;
  } else if (area === 'firewall') {
    // A name that no rule uses yet.
    const isNew = verb === 'POST' && name === '' && /^(?:aliases|groups|ipset)$/.test(what);
    scope.everyone = !isNew || textOf(params.rename) !== '';
  } else if (area === 'sdn') {
    // Settings wait until they are applied; a firewall's do not.
    scope.everyone = (verb === 'PUT' && what === '') || (what === 'vnets' && words[4] === 'firewall');
  } else if (!CLUSTER_ALONE.test(rest)) {
    scope.everyone = true;
  }
}

/** A backup that stops or halts its guests, or that deletes older ones, touches them; one of a snapshot only reads. */
function backup(scope: Scope, params: Call['params'], node: string | undefined): void {
  const keep = textOf(params['prune-backups']);
  const reads = ['', 'snapshot'].includes(textOf(params.mode)) && ['', 'keep-all=1'].includes(keep);
  const breaksOff = !isOff(params.stop);
  if (reads && !breaksOff) return;
  const vmids = vmidsIn(params.vmid);
  const pool = textOf(params.pool);
  if (breaksOff && node !== undefined) scope.nodes.add(node);
  if (vmids.length > 0) add(scope.vmids, vmids);
  else if (pool !== '') scope.pools.add(pool);
  else if (node !== undefined) scope.nodes.add(node);
  else scope.everyone = true;
  if (!breaksOff) add(scope.except, vmidsIn(params.exclude));
}

/** What of a job is nothing to its guests. */
const JOB_ASIDE = /^(?:comment|digest|mailto|mailnotification|notes-template|notification-\w+)$/;

/** A job may stop its guests, or delete backups, by what it was told before: that is not in this call. */
function backupJob(scope: Scope, params: Call['params']): void {
  if (Object.keys(params).every((name) => JOB_ASIDE.test(name))) return;
  const told = { mode: 'as before', ...params };
  // Those that it is taken from are touched no more than by its deletion.
  if (textOf(params.pool) === '' && vmidsIn(params.vmid).length === 0) scope.everyone = true;
  else backup(scope, told, undefined);
}

function isBackup(words: readonly string[]): boolean {
  return words[0] === 'nodes' ? words[2] === 'vzdump' : words[0] === 'cluster' && words[1] === 'backup';
}

function isCreation({ verb }: Call, words: readonly string[]): boolean {
  return (
    verb === 'POST' && words.length === 3 && words[0] === 'nodes' && /^(?:qemu|lxc)$/.test(words[2] ?? '')
  );
}

/** Guests as every product's paths name them: `…/qemu/101/…`. */
function guestsInPath(words: readonly string[]): number[] {
  return words.flatMap((word, i) => (/^(?:qemu|lxc)$/.test(words[i - 1] ?? '') ? vmidsIn(word) : []));
}

function isOff(value: string | string[] | undefined): boolean {
  return value === undefined || value === '' || value === '0';
}

function add(set: Set<number>, ...lists: number[][]): void {
  for (const list of lists) for (const vmid of list) set.add(vmid);
}
