import type { Method } from './method.ts';
import { tokens } from './search-words.ts';

type Verb = Method['method'];

/** What a question asks to be done, and to what sort of thing. */
export interface Intent {
  /** How well each verb fits, from 0 to 1. */
  verbs: Record<Verb, number>;
  /** Whether it asks if something is so, or would work. */
  check: boolean;
  /** Whether it asks for several things: `list users`, `which nodes`. */
  list: boolean;
  /** The kinds of guest it speaks of. */
  kinds: { vm: boolean; container: boolean; guest: boolean };
  /** Whether it speaks of the cluster as a whole, or of one node. */
  scope: { cluster: boolean; node: boolean };
}

const READ = { GET: 1, POST: 0.6, PUT: 0.55, DELETE: 0.5 };
const CREATE = { GET: 0.55, POST: 1, PUT: 0.85, DELETE: 0.45 };
const DELETE = { GET: 0.5, POST: 0.65, PUT: 0.7, DELETE: 1 };
/** Who takes something from a thing, or adds to it, often changes that thing. */
const DELETE_FROM = { GET: 0.5, POST: 0.65, PUT: 0.95, DELETE: 1 };
const ADD_TO = { GET: 0.5, POST: 1, PUT: 1, DELETE: 0.45 };
const CHANGE = { GET: 0.6, POST: 0.85, PUT: 1, DELETE: 0.55 };
const ACT = { GET: 0.7, POST: 1, PUT: 0.95, DELETE: 0.8 };
/** No verb at all, as in `log of a task`: most likely a look. */
const NOUNS = { GET: 1, POST: 0.85, PUT: 0.8, DELETE: 0.7 };

const list = (words: string) => words.split(/\s+/).filter(Boolean);

/** Words as they are said, not stemmed: `changes` is no order to change. */
const VERBS = new Map<string, Record<Verb, number>>([
  ...list(`list show get see view display read find look check which what who whose is are was were does do did can could has
    have where when why how print enumerate tell fetch browse search query inspect count available all examine monitor
    preview verify`).map((word) => [word, READ] as const),
  ...list(`create add new make register build deploy provision define allocate generate enrol enroll order request issue
    schedule form take clone map reserve whitelist blacklist`).map((word) => [word, CREATE] as const),
  ...list('delete remove destroy erase revoke drop rm del purge unregister revert discard prune').map(
    (word) => [word, DELETE] as const,
  ),
  ...list(`change edit update modify set alter adjust rename enable disable lock block ban deactivate activate
    assign grant give allow attach detach reset increase reduce extend grow resize enlarge expand more fewer bigger smaller larger apply rotate regenerate put
    protect unprotect limit restrict write mount turnon turnoff unlock tag wipe renew`).map(
    (word) => [word, CHANGE] as const,
  ),
  ...list(`start stop reboot restart shutdown poweroff poweron suspend resume pause hibernate kill migrate move copy run execute
    send upload download pull push restore rollback sync import scan trim freeze thaw boot cancel abort join login open
    convert turn mark wake reload refresh install transfer replicate test evacuate drain save launch halt pass configure
    passthrough export connect bring duplicate unsuspend unpause force empty bounce press`).map(
    (word) => [word, ACT] as const,
  ),
]);

/** The commonest slips: letters that changed places (`migarte`), and one that is missing (`delte`). */
const SLIPS = new Map(
  [...VERBS]
    .filter(([word]) => word.length >= 6)
    .flatMap(([word, fits]) => [
      [sorted(word), fits] as const,
      ...[...word].map((_, at) => [sorted(word.slice(0, at) + word.slice(at + 1)), fits] as const),
    ]),
);

function sorted(word: string): string {
  return [...word].sort().join('');
}

/** What stands after a verb, and seldom after a noun. */
const OBJECT = /^(?:an?|the|this|that|my|one|all|every|vms?|containers?|guests?|now)$/;

/** Words in which a verb hides a question: `what would block a migration`, `is it safe to stop`. */
const POLITE = new Set(
  list('please can could you i want need to would like how do id lets let me my the a an'),
);

/** Reads from a question what it wants done. Never throws; an empty question wants nothing in particular. */
export function readIntent(query: string): Intent {
  const words = tokens(query.slice(0, 400));
  const has = (...any: string[]) => any.some((word) => words.includes(word));
  const container = has('container', 'containers', 'ct', 'cts', 'lxc', 'lxcs');
  const vm = has('vm', 'vms', 'qemu', 'kvm', 'windows', 'cloudinit', 'virtual');
  return {
    verbs: verbsOf(words),
    check: /^(?:can|is|are|would|could|does|will|check|verify|test|what)$/.test(words[0] ?? ''),
    list: has('list', 'which', 'who', 'all', 'available', 'every'),
    kinds: {
      vm,
      container,
      guest: vm || container || has('guest', 'guests', 'vmid', 'machine', 'machines', 'instance'),
    },
    scope: {
      cluster: has('cluster', 'clusters', 'datacenter', 'global'),
      node: has('node', 'nodes', 'host', 'hosts', 'hypervisor', 'server', 'physical'),
    },
  };
}

/** `how do I create …` and `please create …` are orders; the first word that is an order or a question decides. */
function verbsOf(words: readonly string[]): Record<Verb, number> {
  const [first = '', second = ''] = words;
  const politely =
    /^(?:how|please|i|want|need|lets|let|id)$/.test(first) ||
    (/^(?:can|could|would)$/.test(first) && /^(?:i|you|u|we)$/.test(second));
  const orders = politely ? words.filter((word) => !POLITE.has(word)) : words;
  const order = orders[0];
  if (politely && !['much', 'many', 'full', 'long', 'often', 'busy', 'is', 'are'].includes(second)) {
    return (order !== undefined && VERBS.get(order)) || (first === 'how' ? READ : NOUNS);
  }
  if (order === undefined) return NOUNS;
  const found = VERBS.get(order) ?? SLIPS.get(sorted(order));
  if (found === DELETE && words.includes('from')) return DELETE_FROM;
  if (found === CREATE && words.includes('to')) return ADD_TO;
  if (found) return found;
  // `snapshot a vm`, but `snapshot list`: before its object a word is an order, whatever else it may be.
  if (OBJECT.test(orders[1] ?? '')) return ACT;
  // `vm start`, `user create`: the verb after its object, as on a command line.
  const last = words.at(-1) ?? '';
  return words.length <= 3 ? (VERBS.get(last) ?? NOUNS) : NOUNS;
}
