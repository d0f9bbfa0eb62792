import type { Answer } from '../../api/answer.ts';
import { rows } from '../../pve/read.ts';
import { shorten, shortenText, tidy } from '../../render/budget.ts';
import { clean, fence, line } from '../../render/untrusted.ts';
import { type Narrowed, type Narrowing, narrow } from './narrow.ts';

/** How many characters of an answer a model gets at once: about 5,000 tokens. */
const BUDGET = 20_000;

/** An answer as a model reads it. */
export interface ShownAnswer {
  text: string;
  /** The same as data, with the same cuts. */
  value: unknown;
  cuts: string[];
  /** Where rows were chosen: how many there were, and how many met the filter. */
  rows?: { all: number; matched: number };
}

/** Some settings of a running guest wait for its next start, and Proxmox does not say which. */
const GUEST_CHANGED = /^PUT (\/nodes\/[^/]+\/(?:qemu|lxc)\/\d+)\/config$/;

const WHOLE: Narrowing = { fields: [], filter: [], limit: undefined };

/**
 * `call` is `GET /nodes`. Answers what is wanted, whole up to the budget, then says what was cut and how to narrow.
 */
export function answerText(call: string, { data, total }: Answer, narrowing = WHOLE): ShownAnswer {
  if (data === null || data === undefined) {
    const done = call.startsWith('GET ') ? 'there is no data' : 'done; Proxmox answers this without data';
    const guest = GUEST_CHANGED.exec(call)?.[1];
    const next =
      guest === undefined ? '' : `. What a running guest takes at its next start: GET ${guest}/pending`;
    return { text: `${call}: ${done}${next}`, value: null, cuts: [] };
  }
  if (typeof data !== 'object' && typeof data !== 'string') {
    return { text: `${call}: ${String(data)}`, value: data, cuts: [] };
  }
  if (typeof data === 'string') {
    const { text, cuts } = shortenText(clean(data), BUDGET);
    return { text: [head(call, cuts, 0), fence('Proxmox', text)].join('\n'), value: text, cuts };
  }
  const narrowed = narrow(call.includes('/rrddata') ? newestPoints(data) : data, narrowing);
  const { value, cuts } = shorten(tidy(narrowed.data), BUDGET);
  const shown = Array.isArray(value) ? value.length : 0;
  const size = Array.isArray(data) ? `${call}: ${count(data.length, total)}` : call;
  const { rows, notes } = narrowed;
  const lines = [
    head(rows ? `${size}, ${chosen(rows)}` : size, cuts, shown),
    ...notes.map((note) => `NOTE: ${note}`),
  ];
  const isEmpty = Array.isArray(value) && shown === 0;
  const told = isEmpty ? [] : [fence('Proxmox', logText(value) ?? JSON.stringify(value))];
  return {
    text: [...lines, ...told].join('\n'),
    value,
    cuts,
    ...(rows && { rows }),
  };
}

/** `12 match, the first 10 shown` */
function chosen({ all, matched, shown }: NonNullable<Narrowed['rows']>): string {
  if (shown < matched)
    return matched < all ? `${matched} match, the first ${shown} shown` : `the first ${shown} shown`;
  return matched === 1 ? '1 matches' : `${matched} match`;
}

/** Metrics come oldest first, and with a time alone where nothing was measured: what counts comes first here. */
function newestPoints(data: unknown): unknown {
  if (!Array.isArray(data)) return data;
  return data.filter((point) => Object.keys(point ?? {}).length > 1).reverse();
}

/** Logs come as rows of a number `n` and a text `t`: the texts alone, line by line, say the same. */
function logText(value: unknown): string | undefined {
  const entries = rows(value);
  const isLog = entries.length > 0 && entries.every((entry) => Object.keys(entry).join() === 'n,t');
  return isLog ? entries.map(({ t }) => line(String(t), 2_000)).join('\n') : undefined;
}

/** Proxmox pages some lists (tasks, logs): `total` is then more than what came. */
function count(length: number, total: number | undefined): string {
  const items = length === 1 ? '1 item' : `${length} items`;
  return total !== undefined && total > length ? `${items} of ${total} in total` : items;
}

function head(first: string, cuts: readonly string[], shown: number): string {
  return cuts.length === 0 ? first : `${first}\nCUT: ${cuts.join('; ')}. Narrow: ${narrowing(first, shown)}`;
}

const WAYS: readonly (readonly [RegExp, (shown: number) => string])[] = [
  [/\/(tasks|log|syslog|subscriptions)\b/, (shown) => `start (${shown} comes next) and limit.`],
  [/\/journal\b/, () => 'lastentries, or since and until.'],
  [/\/cluster\/resources\b/, () => 'the tool get_cluster_resources filters and pages; or give type.'],
  [/\/content\b/, () => 'content (images, iso, backup, …) or vmid.'],
  [/\/rrddata\b/, () => 'a shorter timeframe.'],
];

function narrowing(call: string, shown: number): string {
  const way = WAYS.find(([pattern]) => pattern.test(call));
  return way
    ? way[1](shown)
    : 'fields, filter and limit, a deeper path (add the id of one item), or the parameters this endpoint has.';
}
