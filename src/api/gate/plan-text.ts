import type { Plan, PlannedRequest, TouchedGuest } from './plan.ts';

/** How much is shown: to a model, in the dialogue of a client, and to a person at a terminal or a page. */
const SIZES = {
  short: { value: 160, params: 20, guests: 10, lines: 10 },
  question: { value: 1_000, params: 60, guests: 30, lines: 20 },
  whole: { value: Infinity, params: Infinity, guests: Infinity, lines: Infinity },
};

type Size = (typeof SIZES)['short'];

/** What is not seen, or changes how its neighbours are seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * A plan in words, for the person who decides. Names and values are data of strangers: what is not plain is quoted, so
 * that none makes a line of its own, and nothing unseen stays unseen; it can be shown on a terminal.
 */
export function planText(plan: Plan, size: keyof typeof SIZES): string {
  const max = SIZES[size];
  const lines = plan.requests.flatMap((request) => requestLines(request, max));
  const total = plan.guests.length + (plan.moreGuests ?? 0);
  if (total > 0) lines.push(total === 1 ? 'Guest:' : `${total} guests:`);
  lines.push(...some(plan.guests, max.guests, total).map((each) => `  ${each}`));
  if (plan.unread) lines.push(`Which guests it touches${total > 0 ? ' besides' : ''} could not be read.`);
  if (plan.loses.length > 0) lines.push('What is lost or stopped:', ...sentences(plan.loses, max.lines));
  if (plan.changed.length > 0)
    lines.push('It changed since the plan before:', ...sentences(plan.changed, max.lines));
  lines.push(
    `On ${shown(plan.server)} as ${shown(plan.login)}, asked by ${plan.tool} of ${shown(plan.client)}.`,
  );
  return lines.join('\n');
}

/** One line for a list of plans. */
export function planTitle({ requests, guests, moreGuests = 0 }: Plan): string {
  const [first] = requests;
  const more = requests.length > 1 ? ` and ${requests.length - 1} requests more` : '';
  const what = first === undefined ? 'nothing' : `${first.verb} ${shown(first.path)}`;
  const [guest] = guests;
  const others = guests.length + moreGuests - 1;
  const whom =
    guest === undefined ? '' : ` (${named(guest)}${others > 0 ? ` and ${others} guests more` : ''})`;
  return `${what}${more}${whom}`;
}

/** When a plan ends, as `16:40 UTC`. */
export function until({ expires }: { expires: number }): string {
  return `${new Date(expires).toISOString().slice(11, 16)} UTC`;
}

/** A guest by its id and its name. */
export function named({ vmid, name }: TouchedGuest): string {
  return name === undefined ? String(vmid) : `${vmid} ${shown(name, 80)}`;
}

/** A word of a stranger: as it is where it is plain, in quotes where it is not. */
export function shown(text: string, max = 400): string {
  const cut = text.length > max ? `… (${text.length} characters)` : '';
  const start = text.slice(0, max === Infinity ? undefined : max);
  if (/^[\w.,:;=@%+!*/()[\]-]+$/.test(start)) return start + cut;
  const escaped = JSON.stringify(start).replace(
    UNSEEN,
    (unseen) => `\\u{${(unseen.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return escaped + cut;
}

function requestLines(request: PlannedRequest, max: Size): string[] {
  const { verb, path, params, effect, because } = request;
  const why = because === undefined ? '' : `: ${sentence(because)}`;
  const given = Object.entries(params).map(([name, value]) =>
    [value].flat().map((each) => `  ${shown(name, 80)}: ${shown(each, max.value)}`),
  );
  const all = given.flat();
  const left = all.length - max.params;
  return [
    // A path is short, save where somebody wants its end not to be seen.
    `${verb} ${shown(path, Math.max(400, max.value))} (${effect}${why})`,
    ...all.slice(0, max.params),
    ...(left > 0 ? [`  and ${left} parameters more`] : []),
  ];
}

function some(guests: readonly TouchedGuest[], max: number, total: number): string[] {
  const lines = guests.slice(0, max).map((guest) => {
    const { type, node, status, tags, pool } = guest;
    const facts = [
      `${type} on ${shown(node)}`,
      ...(status === undefined ? [] : [shown(status)]),
      ...(tags.length === 0 ? [] : [`tags ${tags.map((tag) => shown(tag, 80)).join(' ')}`]),
      ...(pool === undefined ? [] : [`pool ${shown(pool, 80)}`]),
    ];
    return `${named(guest)}: ${facts.join(', ')}`;
  });
  const left = total - lines.length;
  return left > 0 ? [...lines, `and ${left} more`] : lines;
}

function sentences(texts: readonly string[], max: number): string[] {
  const left = texts.length - max;
  const lines = texts.slice(0, max).map((text) => `  ${sentence(text)}`);
  return left > 0 ? [...lines, `  and ${left} more`] : lines;
}

/** A sentence of ours with names of strangers in it: on one line, and nothing unseen. */
function sentence(text: string): string {
  return text.replace(UNSEEN, (unseen) => `\\u{${(unseen.codePointAt(0) ?? 0).toString(16)}}`);
}
