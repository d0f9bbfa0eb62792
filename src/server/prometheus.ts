import { BOUNDS, type Durations, type Family, type Labels, type Point } from './metrics.ts';

/** Figures in Prometheus' text form, version 0.0.4. */
export function prometheusText(families: readonly Family[]): string {
  const lines = families.flatMap((family) => {
    const name = `proxmox_mcp_${family.name}`;
    const points =
      family.kind === 'histogram'
        ? family.points.flatMap((point) => histogramLines(name, point))
        : family.points.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`);
    return [`# HELP ${name} ${family.help}`, `# TYPE ${name} ${family.kind}`, ...points];
  });
  return `${lines.join('\n')}\n`;
}

function histogramLines(name: string, { labels, value }: Point<Durations>): string[] {
  let below = 0;
  const buckets = BOUNDS.map((bound, at) => {
    below += value.buckets[at] ?? 0;
    return `${name}_bucket${labelText({ ...labels, le: String(bound) })} ${below}`;
  });
  return [
    ...buckets,
    `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${value.count}`,
    `${name}_sum${labelText(labels)} ${Number(value.sum.toFixed(6))}`,
    `${name}_count${labelText(labels)} ${value.count}`,
  ];
}

function labelText(labels: Labels): string {
  const words = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, '_')}"`);
  return words.length === 0 ? '' : `{${words.join(',')}}`;
}
