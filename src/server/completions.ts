import { type CompleteRequest, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Whereabouts } from '../pve/resources.ts';
import { line } from '../render/untrusted.ts';
import { offeredPrompts } from './prompt-text.ts';
import { listTemplates } from './resources.ts';

/** The protocol's own limit. */
const MOST = 100;

/** What is completed by: `vmid` gives VMIDs alone, `guest` also names, where one guest alone has it. */
export type CompletedBy = 'vmid' | 'guest' | 'node' | 'storage';

export interface Completed {
  values: string[];
  /** Of how many. */
  total: number;
}

/**
 * What the argument of a prompt or of a template stands for; undefined where nothing is known to complete it with.
 *
 * @throws ProtocolError for a prompt or a template that is not offered
 */
export function completedBy(
  ref: CompleteRequest['params']['ref'],
  argument: string,
  tools: ReadonlySet<string>,
): CompletedBy | undefined {
  if (ref.type === 'ref/prompt') {
    const prompt = offeredPrompts(tools).find(({ name }) => name === ref.name);
    if (prompt === undefined) throw unknown('prompt', ref.name);
    return prompt.arguments.find(({ name }) => name === argument)?.name;
  }
  const template = listTemplates(tools).find(({ uriTemplate }) => uriTemplate === ref.uri);
  if (template === undefined) throw unknown('resource template', ref.uri);
  return template.name === 'guest' && argument === 'vmid' ? 'vmid' : undefined;
}

function unknown(what: string, name: string): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `There is no ${what} ${JSON.stringify(line(name, 200))}.`,
  );
}

/** What begins with what was typed, then what has it elsewhere; sorted. */
export function completions(by: CompletedBy, typed: string, seen: Whereabouts): Completed {
  const wanted = typed.trim().toLowerCase();
  const found = CANDIDATES[by](seen, wanted);
  const fitting = found.filter(({ words }) => words.some((word) => word.includes(wanted)));
  const first = ({ words }: Candidate) => (words.some((word) => word.startsWith(wanted)) ? 0 : 1);
  const values = [...new Set(fitting.sort((a, b) => first(a) - first(b)).map(({ value }) => value))];
  return { values: values.slice(0, MOST), total: values.length };
}

interface Candidate {
  value: string;
  /** What may be typed for it, in lower case. */
  words: string[];
}

const CANDIDATES: Record<CompletedBy, (seen: Whereabouts, wanted: string) => Candidate[]> = {
  vmid: ({ guests }) =>
    byNumber(guests).map(({ vmid, name }) => ({ value: String(vmid), words: wordsFor(vmid, name) })),
  guest({ guests }, wanted) {
    const all = byNumber(guests);
    const times = new Map<string, number>();
    for (const { name } of all)
      if (name) times.set(name.toLowerCase(), (times.get(name.toLowerCase()) ?? 0) + 1);
    return all.map(({ vmid, name }) => {
      // Who types a number goes on with a number; who types a name sees names, as long as one means one guest.
      const named =
        name !== undefined &&
        !/^\d+$/.test(name) &&
        wanted !== '' &&
        !String(vmid).startsWith(wanted) &&
        times.get(name.toLowerCase()) === 1;
      return { value: named ? name : String(vmid), words: wordsFor(vmid, name) };
    });
  },
  node: ({ nodes }) => [...nodes.keys()].sort().map(plain),
  storage: ({ storages }) => [...new Set(storages.flatMap(({ name }) => name ?? []))].sort().map(plain),
};

function byNumber(guests: Whereabouts['guests']): { vmid: number; name: string | undefined }[] {
  return [...guests]
    .sort(([a], [b]) => a - b)
    .map(([vmid, { name }]) => ({ vmid, name: name === undefined ? undefined : shownAsIs(name) }));
}

/** A name that would have to be changed to be shown is none to type. */
function shownAsIs(name: string): string | undefined {
  return line(name, 80) === name ? name : undefined;
}

function wordsFor(vmid: number, name: string | undefined): string[] {
  return [String(vmid), ...(name === undefined ? [] : [name.toLowerCase()])];
}

function plain(name: string): Candidate {
  const value = line(name, 80);
  return { value, words: [value.toLowerCase()] };
}
