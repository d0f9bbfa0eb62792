import { wordsOf } from '../../schema/path-pattern.ts';
import type { Verb } from '../wire.ts';
import type { Call } from './call.ts';
import { vmidsIn } from './vmids.ts';

/** A call as its verb and the words of its path; `*` stands for a word that nobody knows. */
export interface Meaning {
  verb: Verb;
  words: readonly string[];
}

/**
 * All that a call comes to, itself first: the same thing under another path, and what a bulk call does to each guest. What
 * is denied under one of them is denied under all. Names that Proxmox takes for any node, storage or guest are `*`.
 */
export function meaningsOf(call: Call): Meaning[] {
  const words = wordsOf(call.path);
  const own = { verb: call.verb, words };
  const others = [...sameThing(call, words), ...eachGuest(call, words)];
  return [own, ...others].flatMap((meaning) => [meaning, ...onAnyNode(meaning)]);
}

/** `localhost` is whichever node answers. */
function onAnyNode({ verb, words }: Meaning): Meaning[] {
  if (words[0] !== 'nodes' || words[1] !== 'localhost') return [];
  return [{ verb, words: ['nodes', '*', ...words.slice(2)] }];
}

function sameThing({ verb, params }: Call, words: readonly string[]): Meaning[] {
  const [first, second, third, fourth, fifth, sixth] = words;
  if (first === 'nodes' && third === 'storage' && fifth === 'content' && sixth !== undefined) {
    // The storage may be left out of the volume, since it is in the path already.
    const rest = words.slice(6);
    const bare = sixth.startsWith(`${fourth}:`)
      ? sixth.slice((fourth as string).length + 1)
      : `${fourth}:${sixth}`;
    return [{ verb, words: [...words.slice(0, 5), bare, ...rest] }];
  }
  if (first === 'nodes' && third === 'qemu' && fifth === 'agent' && words.length === 5 && verb === 'POST')
    return [...new Set([params.command ?? []].flat())].flatMap((command) =>
      (['POST', 'GET'] as const).map((either) => ({ verb: either, words: [...words, command] })),
    );
  if (first === 'cluster' && second === 'ha' && third === 'resources' && fourth !== undefined) {
    const id = fourth.replace(/^(?:vm|ct):/, '');
    const spellings = [id, `vm:${id}`, `ct:${id}`].filter((sid) => sid !== fourth);
    return spellings.map((sid) => ({ verb, words: ['cluster', 'ha', 'resources', sid, ...words.slice(4)] }));
  }
  if (first === 'pools' && second === undefined && typeof params.poolid === 'string' && verb !== 'POST')
    return [{ verb, words: ['pools', ...wordsOf(params.poolid)] }];
  return [];
}

/** What the bulk calls do, as the calls for one guest would say it. */
const BULK: Record<string, readonly string[]> = {
  startall: ['status/start'],
  stopall: ['status/shutdown', 'status/stop'],
  suspendall: ['status/suspend'],
  migrateall: ['migrate'],
  start: ['status/start', 'status/resume'],
  shutdown: ['status/shutdown', 'status/stop'],
  suspend: ['status/suspend'],
  migrate: ['migrate'],
};

function eachGuest({ verb, params }: Call, words: readonly string[]): Meaning[] {
  const onNode =
    words.length === 3 && words[0] === 'nodes' && /^(?:start|stop|suspend|migrate)all$/.test(words[2] ?? '');
  const everywhere =
    words.length === 4 && words[0] === 'cluster' && words[1] === 'bulk-action' && words[2] === 'guest';
  const done = verb === 'POST' && (onNode || everywhere) ? BULK[words.at(-1) as string] : undefined;
  if (done === undefined) return [];
  const listed = vmidsIn(params.vms).map(String);
  const node = onNode ? (words[1] as string) : '*';
  return (listed.length > 0 ? listed : ['*']).flatMap((vmid) =>
    ['qemu', 'lxc'].flatMap((type) =>
      done.map((what) => ({ verb, words: ['nodes', node, type, vmid, ...wordsOf(what)] })),
    ),
  );
}
