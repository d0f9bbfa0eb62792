import * as z from 'zod';
import { Failure } from '../../failure.ts';
import type { Guest } from '../../pve/guests.ts';
import { readFirewallLog, readJournal } from '../../pve/node-logs.ts';
import { Sight } from '../../pve/sight.ts';
import { time } from '../../render/units.ts';
import { fence, line } from '../../render/untrusted.ts';
import { guest, wholeNumber, word, words } from '../arguments.ts';
import { within } from '../detail.ts';
import { moment, type TimeWindow, timeWindow } from '../time-window.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { askedNode } from './asked-tasks.ts';
import { findTasks } from './find-tasks.ts';
import { filterLines } from './log-filter.ts';
import { readTaskLog } from './task-log-lines.ts';

/** How many of the last entries are searched where no window is given. */
const SEARCHED = 3_000;
/** Of how many tasks the logs are read. */
const TASKS = 10;

interface Read {
  what: string;
  lines: string[];
  notes: string[];
  unseen: string[];
}

interface Asked {
  node: string | undefined;
  guest: Guest | undefined;
  window: TimeWindow;
  /** Whether somebody said since when or until when. */
  bounded: boolean;
  filtered: boolean;
  lines: number;
}

export const getLogs = defineTool({
  name: 'get_logs',
  title: 'Get logs',
  toolset: 'tasks',
  effect: 'read',
  description: 'Node journal (syslog), firewall log of a node or guest, or task logs; newest last.',
  input: z.strictObject({
    source: word('source', ['journal', 'firewall', 'tasks'], { syslog: 'journal', task: 'tasks' }).default(
      'journal',
    ),
    node: words('node').optional(),
    guest: guest().optional(),
    since: moment('since').optional().describe('1h or date'),
    until: moment('until').optional(),
    service: words('service').optional().describe('as pveproxy'),
    text: words('text').optional(),
    lines: wholeNumber('lines', 1, 500).default(50),
  }),
  output: z.object({
    lines: z.array(z.string()),
    found: z.number(),
    read: z.number(),
    unseen: z.array(z.string()),
  }),
  example: { node: 'pve1', since: '24h' },
  async run({ source, node, guest: whom, since, until, service, text, lines }, context) {
    const { pve, signal } = context;
    if (service !== undefined && source !== 'journal')
      throw new Failure(
        'invalid_argument',
        `Only the journal has services, not ${source}.`,
        'Leave service out, or use text.',
      );
    const window = timeWindow({ since, until }, '24h', context.clock.now());
    const found = whom === undefined ? undefined : await pve.guests.find(whom, { signal });
    const asked: Asked = {
      ...{ guest: found, window, lines, bounded: since !== undefined || until !== undefined },
      node: node === undefined ? undefined : await askedNode(node, context),
      filtered: service !== undefined || text !== undefined || found !== undefined,
    };
    const read = await READERS[source](asked, context);
    // A guest's own firewall log, and its tasks' logs, are about nobody else.
    const vmid = source === 'journal' ? found?.vmid : undefined;
    const fitting = filterLines(read.lines, { service, text, vmid });
    const shown = newest(
      fitting.slice(-lines).map((each) => line(each, 300)),
      lines > 100 ? 30_000 : 6_000,
    );
    const by = [service && `of ${service}`, vmid && `naming ${vmid}`, text && `with ${JSON.stringify(text)}`];
    const parts = [
      line(
        `${read.what}: ${fitting.length === shown.length ? shown.length : `the last ${shown.length} of ${fitting.length}`} lines ${by.filter(Boolean).join(', ')} (${read.lines.length} read), newest last`.replace(
          /\s+/g,
          ' ',
        ),
      ),
      ...read.notes,
      ...read.unseen.map((each) => line(`Not seen: ${each}`)),
      fitting.length > shown.length && 'For earlier ones: until, or more lines.',
      shown.length > 0 && fence(read.what, shown.join('\n')),
    ];
    return within(lines > 100 ? 'full' : 'brief', parts, {
      ...{ lines: shown, found: fitting.length, read: read.lines.length },
      unseen: read.unseen.map((each) => line(each)),
    });
  },
});

const READERS = { journal, firewall, tasks } as const;

async function journal(asked: Asked, context: ToolContext): Promise<Read> {
  const { pve, signal } = context;
  const node = await nodeFor(asked, context);
  const { window, bounded, filtered, lines: count } = asked;
  const which = bounded ? window : { last: filtered ? SEARCHED : count };
  const lines = await readJournal(pve.api, node, which, { signal });
  const notes = [
    bounded
      ? period(window)
      : `The last ${filtered ? SEARCHED : count} entries; since and until choose others.`,
  ];
  return { what: `journal of ${node}`, lines, notes: [...notes, "Times are the node's own."], unseen: [] };
}

async function firewall(asked: Asked, context: ToolContext): Promise<Read> {
  const { pve, signal } = context;
  const { guest: whose, window, bounded } = asked;
  const node = await nodeFor(asked, context);
  const of = whose ? { node, guest: whose } : { node };
  const { lines, skipped } = await readFirewallLog(pve.api, of, bounded ? window : {}, { signal });
  const notes = [
    ...(bounded ? [period(window)] : []),
    ...(skipped > 0 ? [`${skipped} earlier lines were not read.`] : []),
  ];
  if (lines.length === 0)
    notes.push(
      'A firewall only writes what its log levels tell it to: firewall_report shows what is enabled.',
    );
  return { what: `firewall log of ${whose ? `guest ${whose.vmid}` : node}`, lines, notes, unseen: [] };
}

async function tasks({ node, guest: whose, window }: Asked, context: ToolContext): Promise<Read> {
  const sight = new Sight();
  const found = await findTasks(
    {
      ...{ ...window, limit: TASKS },
      ...(node !== undefined && { node }),
      ...(whose && { vmid: whose.vmid, home: whose.node }),
    },
    sight,
    context,
  );
  const logs = await Promise.all(
    found.tasks.toReversed().map(async (task) => {
      const of = `${task.type}${task.id === '' ? '' : ` ${task.id}`} on ${task.node}`;
      const log =
        task.part?.lines ?? (await sight.of(`log of ${of}`, readTaskLog(task, context)))?.lines ?? [];
      return log.map((each) => `${time(task.starttime).slice(5, 16)} ${of}| ${each}`);
    }),
  );
  const notes = [`${period(window)} Each line bears its task and when that began (UTC).`];
  if (found.more)
    notes.push(`Only the newest ${TASKS} tasks: narrow with guest, node or until; list_tasks lists more.`);
  const where = whose ? `guest ${whose.vmid}` : (node ?? 'all nodes');
  return {
    what: `task logs of ${where}`,
    lines: logs.flat(),
    notes,
    unseen: [...sight.unseen, ...found.notSearched],
  };
}

function period({ since, until }: TimeWindow): string {
  return `From ${time(since)} to ${time(until)}.`;
}

/** The node that was named, that of the guest, or the only one; it must be there to be read. */
async function nodeFor({ node, guest: whose }: Asked, { pve, signal }: ToolContext): Promise<string> {
  const { nodes } = await pve.resources.whereabouts({ signal });
  const names = [...nodes.keys()].sort();
  const chosen = whose?.node ?? node ?? (names.length === 1 ? names[0] : undefined);
  if (chosen === undefined)
    throw new Failure(
      'invalid_argument',
      'Of which node?',
      `Give node (${names.slice(0, 20).join(', ')}) or guest.`,
    );
  if (nodes.get(chosen)?.status === 'online') return chosen;
  throw new Failure(
    'node_unreachable',
    `${chosen} is offline: its logs lie on it.`,
    'Ask again when it is back. What the other nodes saw of it: get_logs of one of them with service=corosync.',
  );
}

/** As many of the last lines as there is room for. */
function newest(lines: readonly string[], room: number): string[] {
  const kept: string[] = [];
  let left = room;
  for (const each of lines.toReversed()) {
    left -= each.length + 4;
    if (left < 0) break;
    kept.unshift(each);
  }
  return kept;
}
