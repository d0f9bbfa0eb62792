import {
  AggregationTemporality,
  JsonMetricExporter,
  JsonTraceExporter,
  ProtobufMetricExporter,
  ProtobufTraceExporter,
  type PushMetricExporter,
  type ReadableSpan,
  type ResourceMetrics,
  type SpanExporter,
} from './sdk.ts';
import type { Target, TelemetrySettings } from './settings.ts';

/** Who hears of what happens on the way out. */
export interface Ears {
  /** Told in one word (`ECONNREFUSED`, `HTTP 401`) why a collector did not take something. */
  trouble(why: string): void;
  /** Takes what goes into the log instead of to a collector. */
  log(facts: object, message: string): void;
}

type Sending = Pick<TelemetrySettings, 'protocol' | 'headers'>;

/** What an exporter of either kind is to the SDK. */
interface Exporter<Batch> {
  export(batch: Batch, done: (result: { code: number; error?: Error }) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

export function spanExporter(target: Target, { protocol, headers }: Sending, ears: Ears): SpanExporter {
  if (target.to === 'log') return intoLog((spans: ReadableSpan[]) => spans.map(spanFacts), 'span', ears);
  const Otlp = protocol === 'http/json' ? JsonTraceExporter : ProtobufTraceExporter;
  return telling(new Otlp({ url: target.url, headers: { ...headers } }), ears);
}

export function metricExporter(
  target: Target,
  { protocol, headers }: Sending,
  ears: Ears,
): PushMetricExporter {
  const cumulative = { selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE };
  if (target.to === 'log') return { ...intoLog(metricFacts, 'metric', ears), ...cumulative };
  const Otlp = protocol === 'http/json' ? JsonMetricExporter : ProtobufMetricExporter;
  return { ...telling(new Otlp({ url: target.url, headers: { ...headers } }), ears), ...cumulative };
}

/** The SDK would tell its own logger of a failure, in the collector's words; here one word is enough. */
function telling<Batch>(exporter: Exporter<Batch>, ears: Ears): Required<Exporter<Batch>> {
  return {
    export(batch, done) {
      exporter.export(batch, ({ code, error }) => {
        if (code !== 0) ears.trouble(wordFor(error));
        done({ code: 0 });
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

function wordFor(error: (Error & { code?: unknown }) | undefined): string {
  const code = error?.code;
  if (typeof code === 'number') return `HTTP ${code}`;
  return typeof code === 'string' && /^[A-Z][A-Z\d_]{2,40}$/.test(code) ? code : 'no answer';
}

function intoLog<Batch>(
  factsOf: (batch: Batch) => object[],
  message: string,
  { log }: Ears,
): Required<Exporter<Batch>> {
  return {
    export(batch, done) {
      for (const facts of factsOf(batch)) log(facts, message);
      done({ code: 0 });
    },
    shutdown: async () => {},
    forceFlush: async () => {},
  };
}

function spanFacts(span: ReadableSpan): object {
  const { traceId, spanId } = span.spanContext();
  const [seconds, nanoseconds] = span.duration;
  const parent = span.parentSpanContext?.spanId;
  const ms = seconds * 1000 + nanoseconds / 1e6;
  return { span: span.name, traceId, spanId, ...(parent && { parent }), ms, attributes: span.attributes };
}

function metricFacts({ scopeMetrics }: ResourceMetrics): object[] {
  return scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => ({ metric: descriptor.name, attributes, value })),
    ),
  );
}
