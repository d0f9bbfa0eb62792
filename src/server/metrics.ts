/** Upper bounds of the histogram, in seconds: from a cached read to a task of minutes. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

type Labels = Readonly<Record<string, string>>;

interface Histogram {
  buckets: number[];
  sum: number;
  count: number;
}

/**
 * Figures in Prometheus' text form. Labels are words of this project (tools, codes, methods), never names from Proxmox
 * or from callers: so there are few of them, and they tell nothing.
 */
export class Metrics {
  readonly #counters = new Map<string, Map<string, number>>();
  readonly #calls = new Map<string, Histogram>();
  #running = 0;

  /** A tool call begins. The answer is to be called when it has ended, with `ok` or the code of its failure. */
  begin(tool: string, now: () => number): (code: string) => void {
    const since = now();
    this.#running += 1;
    return (code) => {
      this.#running -= 1;
      this.count('calls_total', { tool, code });
      this.#observe(tool, (now() - since) / 1000);
    };
  }

  /** One more. */
  count(name: string, labels: Labels): void {
    const counter = this.#counters.get(name) ?? new Map<string, number>();
    this.#counters.set(name, counter);
    const key = labelText(labels);
    counter.set(key, (counter.get(key) ?? 0) + 1);
  }

  /** @param gauges what is so right now */
  text(gauges: Readonly<Record<string, number>>): string {
    const lines: string[] = [];
    const family = (name: string, type: string, help: string) =>
      lines.push(`# HELP proxmox_mcp_${name} ${help}`, `# TYPE proxmox_mcp_${name} ${type}`);
    for (const [name, help] of Object.entries(COUNTERS)) {
      family(name, 'counter', help);
      for (const [labels, value] of sorted(this.#counters.get(name) ?? new Map<string, number>()))
        lines.push(`proxmox_mcp_${name}${labels} ${value}`);
    }
    family('call_seconds', 'histogram', 'How long tool calls took.');
    for (const [tool, { buckets, sum, count }] of sorted(this.#calls)) {
      for (const [index, bound] of BOUNDS.entries())
        lines.push(`proxmox_mcp_call_seconds_bucket{tool="${tool}",le="${bound}"} ${buckets[index] ?? 0}`);
      lines.push(`proxmox_mcp_call_seconds_bucket{tool="${tool}",le="+Inf"} ${count}`);
      lines.push(`proxmox_mcp_call_seconds_sum{tool="${tool}"} ${Number(sum.toFixed(6))}`);
      lines.push(`proxmox_mcp_call_seconds_count{tool="${tool}"} ${count}`);
    }
    for (const [name, value] of Object.entries({ calls_running: this.#running, ...gauges })) {
      family(name, 'gauge', GAUGES[name] ?? name);
      lines.push(`proxmox_mcp_${name} ${value}`);
    }
    return `${lines.join('\n')}\n`;
  }

  #observe(tool: string, seconds: number): void {
    let histogram = this.#calls.get(tool);
    if (histogram === undefined) {
      histogram = { buckets: BOUNDS.map(() => 0), sum: 0, count: 0 };
      this.#calls.set(tool, histogram);
    }
    histogram.sum += seconds;
    histogram.count += 1;
    for (const [index, bound] of BOUNDS.entries())
      if (seconds <= bound) histogram.buckets[index] = (histogram.buckets[index] ?? 0) + 1;
  }
}

const COUNTERS: Record<string, string> = {
  calls_total: 'Tool calls that have ended, by tool, and by the code of their failure or ok.',
  changes_total: 'Changes that were sent to Proxmox, by the code of their failure or ok.',
  tasks_total: 'Tasks that were waited for, by how they ended.',
  denied_total: 'Requests that were turned away at the door, by HTTP status.',
};

const GAUGES: Record<string, string> = {
  calls_running: 'Tool calls under way.',
  sessions: 'Open sessions of Streamable HTTP (revisions up to 2025-11-25).',
  sse_streams: 'Open streams of HTTP+SSE.',
};

function labelText(labels: Labels): string {
  const words = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, '_')}"`);
  return `{${words.join(',')}}`;
}

function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
