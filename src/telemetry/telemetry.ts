import type { Family } from '../server/metrics.ts';
import type { TraceCalls } from '../server/trace.ts';
import { type Ears, metricExporter, spanExporter } from './exporters.ts';
import { metricData } from './figures.ts';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  defaultResource,
  type HrTime,
  ParentBasedSampler,
  PeriodicExportingMetricReader,
  type Resource,
  resourceFromAttributes,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from './sdk.ts';
import type { TelemetrySettings } from './settings.ts';
import { traceCall } from './spans.ts';

/** How long what is left may take to be sent when the server stops, in milliseconds. */
const LAST_MS = 2_000;

export interface TelemetryOptions extends Ears {
  version: string;
  /** The figures as they stand. */
  families(): readonly Family[];
  /** Milliseconds since 1970. */
  now(): number;
}

/** Telemetry that is on. */
export interface Telemetry {
  /** Absent where traces are not wanted. */
  trace?: TraceCalls;
  /** Sends what is left, for 2 seconds at most. */
  close(): Promise<void>;
}

/**
 * Begins to send traces and figures to where the settings say. Sending goes on behind the calls: no call waits for it, and a
 * collector that is gone costs nothing but what it would have got.
 */
export function startTelemetry(settings: TelemetrySettings, options: TelemetryOptions): Telemetry {
  const resource = defaultResource().merge(
    resourceFromAttributes({ 'service.version': options.version, ...settings.resource }),
  );
  const scope = { name: 'proxmox-mcp', version: options.version };
  const provider = settings.traces && tracing(settings, settings.traces, resource, options);
  const tracer = provider?.getTracer(scope.name, scope.version);
  const reader = settings.metrics && reading(settings, settings.metrics, { resource, scope }, options);
  return {
    ...(tracer && { trace: (call) => traceCall(tracer, call) }),
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          options.trouble('no answer');
          resolve();
        }, LAST_MS);
      });
      await Promise.race([Promise.allSettled([provider?.shutdown(), reader?.shutdown()]), late]);
      clearTimeout(timer);
    },
  };
}

function tracing(
  settings: TelemetrySettings,
  target: NonNullable<TelemetrySettings['traces']>,
  resource: Resource,
  ears: Ears,
): TracerProvider {
  const exporter = spanExporter(target, settings, ears);
  return new TracerProvider({
    resource,
    sampler: samplerFor(settings.sampler),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
}

function samplerFor({ name, parentBased, ratio }: TelemetrySettings['sampler']): Sampler {
  const root = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  }[name]();
  return parentBased ? new ParentBasedSampler({ root }) : root;
}

/** The reader asks us for the figures themselves: a second set of counters beside ours could only differ from it. */
function reading(
  settings: TelemetrySettings,
  target: NonNullable<TelemetrySettings['metrics']>,
  about: { resource: Resource; scope: { name: string; version: string } },
  options: TelemetryOptions,
): PeriodicExportingMetricReader {
  const { resource, scope } = about;
  const startTime = hrTime(options.now());
  const exporter = metricExporter(target, settings, options);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: settings.intervalMs });
  reader.setMetricProducer({
    async collect() {
      const metrics = metricData(options.families(), { startTime, endTime: hrTime(options.now()) });
      return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] }, errors: [] };
    },
  });
  return reader;
}

function hrTime(milliseconds: number): HrTime {
  return [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1e6];
}
