import { type GivenParams, raises } from './effect-raises.ts';
import { clusterRules, effectRules } from './effect-rules.ts';
import type { Method } from './method.ts';
import { matchesPath, wordsOf } from './path-pattern.ts';

/**
 * What a call does to the world. `danger`: it loses data, cuts access, stops work, runs code in a guest or on a node, or
 * touches users, tokens, ACLs, cluster membership or disks.
 */
export type Effect = 'read' | 'change' | 'danger';

/** What a call does, and for a danger why it is one. */
export interface Judgement {
  effect: Effect;
  /** What is lost, stopped or opened, as a person reads it before approving: `the snapshot is gone`. */
  because?: string;
}

/** The calls that the house's own tools make all the time: known to read without the API's description. */
const EVERYDAY =
  /^\/(?:version|nodes|cluster\/resources|access\/permissions|nodes\/[^/]+\/tasks\/[^/]+\/(?:status|log))$/;

/** Whether a call needs no look at the API's description to be known as a read. */
export function isEverydayRead(verb: string, path: string): boolean {
  return verb === 'GET' && EVERYDAY.test(path);
}

/**
 * The effect of a call of `method` with these parameters. Of a method that nobody knows, the worst is taken, and of one
 * that no rule knows too, unless it is a GET.
 *
 * @param path of the call itself. A description that comes from a server may hide a console behind a `{parameter}`, so
 *   the call's own words are judged too, and the worse counts
 */
export function effectOf(method: Method | undefined, params: GivenParams = {}, path?: string): Judgement {
  if (method === undefined) return { effect: 'danger', because: UNKNOWN };
  const verb = method.method;
  const judged = withParams(verb, wordsOf(method.path), params);
  if (path === undefined || judged.effect === 'danger') return judged;
  // A star in a call is a name like any other.
  const own = wordsOf(path).map((word) => (word === '*' ? '{*}' : word));
  // Words that no rule knows tell nothing: a volume with a slash in it has one more than its rule.
  if (!isAgent(own) && ruleFor(verb, own) === undefined) return judged;
  const literal = withParams(verb, own, params);
  return RANK[literal.effect] > RANK[judged.effect] ? literal : judged;
}

const RANK: Record<Effect, number> = { read: 0, change: 1, danger: 2 };

function withParams(verb: Method['method'], words: readonly string[], params: GivenParams): Judgement {
  const command = verb === 'POST' && isAgent(words) ? String(params.command ?? '') : undefined;
  const judged = command === undefined ? judgementOf(verb, words) : agentCommand(words, command);
  if (judged.effect === 'danger' || verb === 'GET') return judged;
  for (const [calls, why] of RAISES[verb]) {
    const because = matchesPath(calls, words) ? why(params) : undefined;
    if (because !== undefined) return { effect: 'danger', because };
  }
  return judged;
}

const UNKNOWN = 'nobody here knows what this call does';

/** By verb, with their paths in words: what is asked for at every call is made ready once. */
const RULES = byVerb([...effectRules, ...clusterRules].map(([calls, ...rest]) => [calls, rest] as const));
const RAISES = byVerb(raises);

function byVerb<T>(all: readonly (readonly [calls: string, what: T])[]) {
  const of = (verb: string) =>
    all.flatMap(([calls, what]) => {
      const [verbs = '', path = ''] = calls.split(' ');
      return verbs.split('|').includes(verb) ? [[wordsOf(path), what] as const] : [];
    });
  return { GET: of('GET'), POST: of('POST'), PUT: of('PUT'), DELETE: of('DELETE') };
}

function ruleFor(verb: Method['method'], words: readonly string[]) {
  return RULES[verb].find(([calls]) => matchesPath(calls, words))?.[1];
}

function judgementOf(verb: Method['method'], words: readonly string[]): Judgement {
  const rule = ruleFor(verb, words);
  if (rule !== undefined) {
    const [effect, because] = rule;
    return because === undefined ? { effect } : { effect, because };
  }
  if (verb === 'GET') return { effect: 'read' };
  return { effect: 'danger', because: verb === 'DELETE' ? 'what it names is deleted' : UNKNOWN };
}

function isAgent(words: readonly string[]): boolean {
  return words.length === 5 && words[2] === 'qemu' && words[4] === 'agent';
}

/** The old way to call the agent: one path for all its commands. What it only asks for is a GET of its own today. */
function agentCommand(words: readonly string[], command: string): Judgement {
  if (/^(?:get-[a-z-]+|info|network-get-interfaces)$/.test(command)) return { effect: 'read' };
  const judged = judgementOf('POST', [...words, command]);
  return judged.because === UNKNOWN
    ? { effect: 'danger', because: 'what it does depends on its command' }
    : judged;
}
