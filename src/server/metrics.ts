import type { Watch } from '../api/watch.ts';

/** Upper bounds of the histograms, in seconds: from a cached read to a task of minutes. */
export const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export type Labels = Readonly<Record<string, string>>;

/** How long something took, of all that have the same labels. */
export interface Durations {
  /** How many took longer than the bound before and no longer than this one; the last: longer than every bound. */
  buckets: readonly number[];
  /** Seconds. */
  sum: number;
  count: number;
}

export interface Point<Value> {
  labels: Labels;
  value: Value;
}

/** All that is counted under one name. */
export type Family = { name: string; help: string } & (
  | { kind: 'counter' | 'gauge'; points: readonly Point<number>[] }
  | { kind: 'histogram'; points: readonly Point<Durations>[] }
);

interface Histogram {
  buckets: number[];
  sum: number;
  count: number;
}

/**
 * The figures, counted once for whoever wants them: the page for Prometheus and a collector of OpenTelemetry. Labels are
 * words of this project (tools, codes, methods) and HTTP statuses, never names from Proxmox or from callers: so there are
 * few of them, and they tell nothing.
 */
export class Metrics {
  readonly #now: () => number;
  readonly #counters = new Map<string, Map<string, Point<number>>>();
  readonly #histograms = new Map<string, Map<string, Point<Histogram>>>();
  #running = 0;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A call begins: of a tool, or of what else reads from Proxmox, by its method. The answer is to be called when it has ended, with `ok` or the code of its failure. */
  begin(tool: string): (code: string) => void {
    const since = this.#now();
    this.#running += 1;
    return (code) => {
      this.#running -= 1;
      this.count('calls_total', { tool, code });
      this.#took('call_seconds', { tool }, since);
    };
  }

  /** Counts what goes to Proxmox: each request on the wire, logins among them. */
  readonly requests: Watch = {
    request: ({ method }) => {
      const since = this.#now();
      return (end) => {
        this.count('api_requests_total', { method, code: String(end) });
        this.#took('api_request_seconds', { method }, since);
      };
    },
  };

  /** One more. */
  count(name: keyof typeof COUNTERS, labels: Labels): void {
    pointOf(this.#counters, name, labels, () => 0).value += 1;
  }

  /** Everything as it stands, sorted. @param gauges what is so right now */
  families(gauges: Readonly<Record<string, number>>): Family[] {
    const now = { calls_running: this.#running, ...gauges };
    return [
      ...Object.entries(COUNTERS).map(([name, help]): Family => {
        return { name, help, kind: 'counter', points: sorted(this.#counters.get(name)) };
      }),
      ...Object.entries(HISTOGRAMS).map(([name, help]): Family => {
        return { name, help, kind: 'histogram', points: sorted(this.#histograms.get(name)) };
      }),
      ...Object.entries(now).map(([name, value]): Family => {
        return { name, help: GAUGES[name] ?? name, kind: 'gauge', points: [{ labels: {}, value }] };
      }),
    ];
  }

  #took(name: keyof typeof HISTOGRAMS, labels: Labels, since: number): void {
    const empty = () => ({ buckets: Array.from({ length: BOUNDS.length + 1 }, () => 0), sum: 0, count: 0 });
    const { value } = pointOf(this.#histograms, name, labels, empty);
    const seconds = (this.#now() - since) / 1000;
    const fits = BOUNDS.findIndex((bound) => seconds <= bound);
    const at = fits === -1 ? BOUNDS.length : fits;
    value.buckets[at] = (value.buckets[at] ?? 0) + 1;
    value.sum += seconds;
    value.count += 1;
  }
}

const COUNTERS = {
  calls_total:
    'Tool calls that have ended, reads of resources and completions among them, by tool (of these: by method), and by the code of their failure or ok.',
  changes_total: 'Changes that were sent to Proxmox, by the code of their failure or ok.',
  tasks_total: 'Tasks that were waited for, by how they ended.',
  api_requests_total:
    'Requests to Proxmox, logins among them, by method, and by HTTP status or the code of the failure.',
  denied_total: 'Requests that were turned away at the door, by HTTP status.',
};

const HISTOGRAMS = {
  call_seconds: 'How long tool calls took.',
  api_request_seconds: 'How long requests to Proxmox took.',
};

const GAUGES: Record<string, string> = {
  calls_running: 'Tool calls under way.',
  sessions: 'Open sessions of Streamable HTTP (revisions up to 2025-11-25).',
  sse_streams: 'Open streams of HTTP+SSE.',
};

function pointOf<Value>(
  families: Map<string, Map<string, Point<Value>>>,
  name: string,
  labels: Labels,
  first: () => Value,
): Point<Value> {
  const family = families.get(name) ?? new Map<string, Point<Value>>();
  families.set(name, family);
  const key = Object.values(labels).join('\n');
  const point = family.get(key) ?? { labels, value: first() };
  family.set(key, point);
  return point;
}

function sorted<Value>(points: ReadonlyMap<string, Point<Value>> = new Map()): Point<Value>[] {
  return [...points].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, point]) => point);
}
