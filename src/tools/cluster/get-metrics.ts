import * as z from 'zod';
import { Failure } from '../../failure.ts';
import type { Point } from '../../pve/metrics.ts';
import { type Column, table } from '../../render/table.ts';
import { time } from '../../render/units.ts';
import { fence, line } from '../../render/untrusted.ts';
import { guest, list, words } from '../arguments.ts';
import { detail, within } from '../detail.ts';
import { moment, timeWindow } from '../time-window.ts';
import { defineTool } from '../tool.ts';
import { MEASURES, type Measure } from './measures.ts';
import { type Statistics, statistics, thinned, trendWord } from './statistics.ts';
import { whichMeasured } from './which-measured.ts';

/** How many points of each metric are in the data: by default enough to see a shape, in full enough to draw it. */
const POINTS = { brief: 8, full: 48 } as const;

const metric = z.object({
  metric: z.string(),
  ...{ min: z.number(), avg: z.number(), p95: z.number(), max: z.number(), last: z.number() },
  trend: z.number().optional(),
  // Not a tuple: its JSON schema says `items: false`, which some clients refuse.
  points: z.array(z.array(z.number()).length(2)),
});

interface Row extends Statistics {
  measure: Measure;
  points: { time: number; value: number }[];
}

export const getMetrics = defineTool({
  name: 'get_metrics',
  title: 'Metrics over time',
  toolset: 'cluster',
  effect: 'read',
  needs: ['GET /cluster/resources'],
  description:
    'Metrics history of a guest, node or storage: min, avg, p95, max, trend of CPU, memory, disk, network, pressure.',
  input: z.strictObject({
    guest: guest().optional(),
    node: words('node').optional(),
    storage: words('storage').optional().describe('with its node'),
    since: moment('since').optional().describe('24h (default), 7d, date'),
    until: moment('until').optional(),
    metrics: list('metrics').optional().describe('as cpu,memory'),
    detail: detail(),
  }),
  output: z.object({
    of: z.string(),
    since: z.number().describe('s'),
    until: z.number(),
    metrics: z.array(metric).describe('shares of 1, bytes/s, pressure in %; points: [time, mean]'),
  }),
  example: { guest: '100', since: '24h' },
  async run({ since, until, metrics, detail, ...of }, context) {
    const now = Math.floor(context.clock.now() / 1000);
    const window = timeWindow({ since, until }, '24h', context.clock.now());
    const wanted = wantedMeasures(metrics);
    const { measured, name } = await whichMeasured(of, context);
    const points = await context.pve.metrics.between(measured, { ...window, now }, context);
    const rows = wanted.flatMap((measure) => rowOf(measure, points, POINTS[detail]));
    if (rows.length === 0) return nothing(name, window, points, metrics);
    const step = points.length > 1 ? (points[1] as Point).time - (points[0] as Point).time : 0;
    const head = `${name}, ${time(window.since)} to ${time(window.until)}, ${points.length} points${step > 0 ? ` of ${step / 60} min` : ''}`;
    return within(detail, [line(head), fence('Proxmox', table(COLUMNS, rows))], {
      of: line(name),
      ...window,
      metrics: rows.map(({ measure, points, ...found }) => ({
        metric: measure.name,
        ...rounded(found),
        points: points.map(({ time, value }) => [time, round(value)] as [number, number]),
      })),
    });
  },
});

const COLUMNS: Column<Row>[] = [
  { head: 'METRIC', cell: ({ measure }) => measure.name },
  { head: 'MIN', cell: ({ measure, min }) => measure.say(min) },
  { head: 'AVG', cell: ({ measure, avg }) => measure.say(avg) },
  { head: 'P95', cell: ({ measure, p95 }) => measure.say(p95) },
  { head: 'MAX', cell: ({ measure, max }) => measure.say(max) },
  { head: 'LAST', cell: ({ measure, last }) => measure.say(last) },
  { head: 'TREND', cell: ({ trend }) => trendWord(trend) },
];

function rowOf(measure: Measure, points: readonly Point[], count: number): Row[] {
  const values = points.map((point) => measure.of(point)).filter((value) => value !== undefined);
  const found = statistics(values);
  if (found === undefined || (found.max === 0 && found.min === 0)) return [];
  return [{ ...found, measure, points: thinned(points, (point) => measure.of(point), count) }];
}

function wantedMeasures(names: string | undefined): readonly Measure[] {
  if (names === undefined || names.trim() === '') return MEASURES;
  return names.split(/[,\s]+/).map((name) => {
    const found = MEASURES.find((measure) => measure.name === name.toLowerCase());
    if (found) return found;
    const known = MEASURES.map((measure) => measure.name).join(', ');
    throw new Failure('invalid_argument', `There is no metric ${name}.`, `There are: ${known}.`);
  });
}

function nothing(
  name: string,
  window: { since: number; until: number },
  points: readonly Point[],
  metrics: string | undefined,
) {
  const why =
    points.length > 0
      ? `All of ${metrics ?? 'it'} is 0 or not measured: it was off or idle.`
      : 'Nothing was measured in that time: it was off, or it is new.';
  return {
    text: line(`${name}, ${time(window.since)} to ${time(window.until)}: ${why}`),
    data: { of: line(name), ...window, metrics: [] },
  };
}

function rounded({ trend, ...rest }: Statistics) {
  const all = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, round(value)]));
  return {
    ...(all as unknown as Omit<Statistics, 'trend'>),
    ...(trend !== undefined && { trend: round(trend) }),
  };
}

/** Four digits are more than anybody needs. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
