import { isDiskName } from '../../schema/disk-names.ts';
import { wordsOf } from '../../schema/path-pattern.ts';
import type { Verb } from '../wire.ts';
import { type Call, textOf } from './call.ts';
import { vmidsIn } from './vmids.ts';

/** A call as its verb and the words of its path; `*` stands for a word that nobody knows. */
export interface Meaning {
  verb: Verb;
  words: readonly string[];
}

/**
 * All that a call comes to, itself first: the same thing on another path or under another verb, and what a call for many
 * guests does to each. What is denied under one of them is denied under all. `localhost` is whichever node answers.
 */
export function meaningsOf(call: Call): Meaning[] {
  const words = wordsOf(call.path);
  const own = { verb: call.verb, words };
  return [own, ...otherPaths(call, words), ...eachGuest(call, words)].flatMap((meaning) => {
    const [area, node, ...rest] = meaning.words;
    if (area !== 'nodes' || node !== 'localhost') return [meaning];
    return [meaning, { verb: meaning.verb, words: ['nodes', '*', ...rest] }];
  });
}

/** The same thing, said otherwise. */
function otherPaths(call: Call, words: readonly string[]): Meaning[] {
  const { verb, params } = call;
  const [area, , what = '', , fourth = ''] = words;
  if (area === 'nodes' && what === 'storage' && fourth === 'content') return otherVolume(verb, words);
  if (area === 'nodes' && what === 'storage' && fourth === 'prunebackups' && verb === 'DELETE')
    return [{ verb, words: [...words.slice(0, 4), 'content', '*'] }];
  if (area === 'nodes' && what === 'qemu' && words.length === 5) {
    if (fourth === 'agent' && verb === 'POST') return agentCommands(words, params.command);
    // The one waits for its task, the other does not.
    if (fourth === 'config' && verb !== 'GET')
      return [{ verb: verb === 'POST' ? 'PUT' : 'POST', words }, ...unlinked(words, params.delete)];
    if (fourth === 'unlink' && verb === 'PUT')
      return (['PUT', 'POST'] as const).map((other) => ({
        verb: other,
        words: [...words.slice(0, 4), 'config'],
      }));
  }
  if (area === 'pools' && verb !== 'POST') {
    if (words.length > 1) return [{ verb, words: ['pools'] }];
    return [params.poolid ?? []].flat().map((id) => ({ verb, words: ['pools', ...wordsOf(id)] }));
  }
  if (area === 'cluster' && words[1] === 'ha' && what === 'resources') return otherSid(verb, words);
  if (area === 'cluster' && (verb === 'POST' || verb === 'PUT')) return jobs(words, params);
  return [];
}

/** What a job does, it does later. */
function jobs([, area, what]: readonly string[], params: Call['params']): Meaning[] {
  if (area === 'backup') return [{ verb: 'POST', words: ['nodes', '*', 'vzdump'] }];
  if (area !== 'jobs' || what !== 'realm-sync') return [];
  const realms = [params.realm ?? '*'].flat();
  return realms.map((realm) => ({ verb: 'POST', words: ['access', 'domains', realm, 'sync'] }));
}

/** A disk is taken from a VM by its config as well. */
function unlinked(words: readonly string[], names: string | string[] | undefined): Meaning[] {
  const hasDisk = textOf(names)
    .split(/[\s,;]+/)
    .some(isDiskName);
  return hasDisk ? [{ verb: 'PUT', words: [...words.slice(0, 4), 'unlink'] }] : [];
}

/** The storage may be left out of a volume, since it is in the path already. */
function otherVolume(verb: Verb, words: readonly string[]): Meaning[] {
  const [storage = '', , volume] = words.slice(3);
  if (volume === undefined) return [];
  const other = volume.startsWith(`${storage}:`) ? volume.slice(storage.length + 1) : `${storage}:${volume}`;
  return [{ verb, words: [...words.slice(0, 5), other, ...words.slice(6)] }];
}

/** One path has all commands of the agent; most have one of their own as well. */
function agentCommands(words: readonly string[], command: string | string[] | undefined): Meaning[] {
  return [command ?? []]
    .flat()
    .flatMap((one) => (['POST', 'GET'] as const).map((verb) => ({ verb, words: [...words, one] })));
}

/** HA takes `100` for `vm:100` or `ct:100`. */
function otherSid(verb: Verb, words: readonly string[]): Meaning[] {
  const sid = words[3];
  if (sid === undefined) return [];
  const id = sid.replace(/^(?:vm|ct):/, '');
  return [id, `vm:${id}`, `ct:${id}`].map((other) => ({
    verb,
    words: [...words.slice(0, 3), other, ...words.slice(4)],
  }));
}

/** What calls for many guests, or on a guest's behalf, come to: the words after a guest's own path. */
const DONE: Record<string, readonly string[]> = {
  start: ['status/start', 'status/resume'],
  shutdown: ['status/shutdown', 'status/stop'],
  suspend: ['status/suspend'],
  migrate: ['migrate'],
  relocate: ['migrate', 'status/shutdown', 'status/stop', 'status/start'],
};
/** A node's calls for many guests, by the name that the cluster's have. */
const ALL: Record<string, string> = {
  start: 'startall',
  shutdown: 'stopall',
  suspend: 'suspendall',
  migrate: 'migrateall',
};

function eachGuest({ verb, params }: Call, words: readonly string[]): Meaning[] {
  const [area, second = '', third = '', fourth = '', fifth = ''] = words;
  if (verb === 'POST' && area === 'nodes' && words.length === 3) {
    const what = Object.keys(ALL).find((name) => ALL[name] === third);
    if (what === undefined) return [];
    return [
      { verb, words: ['cluster', 'bulk-action', 'guest', what] },
      ...toGuests(what, second, params.vms),
    ];
  }
  if (verb === 'POST' && area === 'cluster' && second === 'bulk-action') {
    const all = ALL[fourth];
    const onNodes = all === undefined ? [] : [{ verb, words: ['nodes', '*', all] }];
    return [...onNodes, ...toGuests(fourth, '*', params.vms)];
  }
  if (verb !== 'DELETE' && verb !== 'GET' && area === 'cluster' && second === 'ha' && third === 'resources') {
    const stops = /stopped|disabled/i.test(String(params.state ?? ''));
    // A new resource is started where nothing else is said.
    const starts = verb === 'POST' || params.state !== undefined;
    const what = fifth || (stops ? 'shutdown' : starts ? 'start' : '');
    return toGuests(what, '*', fourth === '' ? params.sid : fourth);
  }
  const kills = verb === 'POST' && area === 'nodes' && words.slice(4).join('/') === 'status/shutdown';
  if (kills && !['', '0'].includes(String(params.forceStop ?? '')))
    return [{ verb, words: [...words.slice(0, 5), 'stop'] }];
  return [];
}

function toGuests(what: string, node: string, vms: string | string[] | undefined): Meaning[] {
  const done = DONE[what] ?? [];
  const listed = vmidsIn(vms).map(String);
  return (listed.length > 0 ? listed : ['*']).flatMap((vmid) =>
    ['qemu', 'lxc'].flatMap((type) =>
      done.map((one) => ({ verb: 'POST' as const, words: ['nodes', node, type, vmid, ...wordsOf(one)] })),
    ),
  );
}
