import type { Method } from './method.ts';
import { isIndex, summaryOf } from './summaries.ts';

/** A method as the index sees it. */
export interface Entry {
  id: number;
  method: Method;
  summary: string;
  /** The summary up to its first preposition: what is done to what, without where. */
  head: string;
  words: string;
  path: string;
  parameters: string;
  description: string;
  details: string;
  place: Place;
  /** How likely it is meant at all, whatever the question: 1 or less. */
  standing: number;
  /** Whether it answers with several of a kind. */
  list: boolean;
  /** Whether it tells if something is so. */
  check: boolean;
  /** Whether it only looks, whatever its verb: some questions to the guest agent are POST. */
  looks: boolean;
}

/** Where a method stands; read from its path once, since every question asks for it. */
export interface Place {
  /** Below VMs or at their list; the same for containers. */
  vm: boolean;
  container: boolean;
  /** Below one guest. */
  guest: boolean;
  /** Below a node, and not below its guests. */
  node: boolean;
  /** Below a node, lists of guests included. */
  nodes: boolean;
  cluster: boolean;
}

/** Of two that are as good, the one nearer to the root is the more general one. */
const DEEPER = 0.98;
/** Names of what is below, and what only a part of Proxmox, or a program with a ticket, has use for. */
const INDEX = 0.35;
const INTERNAL = 0.6;

/** What a word is worth by where it stands. A live description adds the last two, which only help the others out. */
export const WEIGHTS = {
  summary: 3.5,
  head: 0.5,
  words: 2.4,
  path: 2,
  parameters: 0.3,
  description: 0.5,
  details: 0.15,
};
export const FIELDS = Object.keys(WEIGHTS);

/** Prose is cut: its beginning says what a thing is. */
const MAX_PROSE = 600;
const MAX_DETAILS = 8000;

export function entryOf(method: Method, id: number): Entry {
  const summary = summaryOf(method);
  const parameters = Object.entries(method.parameters);
  return {
    id,
    method,
    summary: summary.text,
    words: summary.words,
    head: summary.text.replace(/ (?:of|in|on|to|from|for|by|at|with|into|under|inside|over)\b.*/, ''),
    path: `${method.path.replace(/\{[^}]*\}/g, ' ')} ${furtherName(method)}`,
    parameters: parameters.map(([name]) => name).join(' '),
    description: prose(method.description),
    details: parameters
      .map(([, parameter]) => prose(parameter?.description))
      .join(' ')
      .slice(0, MAX_DETAILS),
    place: placeOf(method.path),
    standing:
      DEEPER ** method.path.split('/').length *
      (isIndex(method, summary) ? INDEX : 1) *
      (/\binternal\b/.test(summary.words) ? INTERNAL : 1),
    list: summary.text.startsWith('List'),
    check: summary.text.startsWith('Check'),
    looks: /^(?:Show|Check|List|Get)\b/.test(summary.text),
  };
}

function placeOf(path: string): Place {
  const vm = path.includes('/qemu');
  const container = path.includes('/lxc');
  const guest = path.includes('{vmid}');
  const below = path.startsWith('/nodes');
  return {
    vm,
    container,
    guest,
    node: below && !vm && !container,
    nodes: below && !guest,
    cluster: path.startsWith('/cluster'),
  };
}

/** What a method's name says that its path does not: `get_guests_not_in_backup`. */
function furtherName({ name, path }: Method): string {
  return `${name ?? ''}`
    .split(/[^a-z0-9]+/i)
    .filter((word) => word !== 'index' && !path.includes(word))
    .join(' ');
}

function prose(text: unknown): string {
  return typeof text === 'string' ? text.slice(0, MAX_PROSE) : '';
}
