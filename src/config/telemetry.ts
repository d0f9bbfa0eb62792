import { SAMPLERS, type Target, type TelemetrySettings } from '../telemetry/settings.ts';
import { fail } from './parse.ts';
import { readSetting, type Sources } from './read-setting.ts';
import { telemetrySettings } from './telemetry-settings.ts';

/** The settings as they were found. */
type Words = Record<keyof typeof telemetrySettings, string | undefined>;

/**
 * What is to be sent where; undefined where nothing is. Needed only where a variable begins with `OTEL_`: no other start
 * pays for it. Reports everything that is wrong with them at once.
 */
export function parseTelemetry(sources: Sources): TelemetrySettings | undefined {
  const problems: string[] = [];
  const words = Object.fromEntries(
    Object.entries(telemetrySettings).map(([key, entry]) => [key, readSetting(entry, sources, problems)]),
  ) as Words;
  const settings = readTelemetry(words, problems);
  fail(problems);
  return settings;
}

function readTelemetry(words: Words, problems: string[]): TelemetrySettings | undefined {
  if (words.otelDisabled?.toLowerCase() === 'true') return undefined;
  const traces = target('TRACES', words.otelTraces, words.otelTracesEndpoint, words.otelEndpoint, problems);
  const metrics = target(
    'METRICS',
    words.otelMetrics,
    words.otelMetricsEndpoint,
    words.otelEndpoint,
    problems,
  );
  if (traces === undefined && metrics === undefined) return undefined;
  const toCollector = [traces, metrics].some((target) => target?.to === 'collector');
  const protocol = words.otelProtocol ?? 'http/protobuf';
  if (toCollector && !isKnown(protocol))
    problems.push(
      `OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf or http/json (got ${shown(protocol)})`,
    );
  return {
    traces,
    metrics,
    protocol: isKnown(protocol) ? protocol : 'http/protobuf',
    headers: pairs('OTEL_EXPORTER_OTLP_HEADERS', words.otelHeaders, problems),
    resource: {
      'service.name': 'proxmox-mcp',
      ...pairs('OTEL_RESOURCE_ATTRIBUTES', words.otelResource, problems),
      ...(words.otelServiceName !== undefined && { 'service.name': words.otelServiceName }),
    },
    sampler: sampler(words, problems),
    intervalMs: interval(words.otelInterval, problems),
  };
}

function shown(text = ''): string {
  return JSON.stringify(text.slice(0, 80));
}

function isKnown(protocol: string): protocol is TelemetrySettings['protocol'] {
  return protocol === 'http/protobuf' || protocol === 'http/json';
}

function target(
  kind: 'TRACES' | 'METRICS',
  exporter: string | undefined,
  own: string | undefined,
  general: string | undefined,
  problems: string[],
): Target | undefined {
  const how = exporter ?? ((own ?? general) === undefined ? 'none' : 'otlp');
  if (how === 'none') return undefined;
  if (how === 'console') return { to: 'log' };
  if (how !== 'otlp') {
    problems.push(`OTEL_${kind}_EXPORTER: expected otlp, console or none (got ${shown(how)})`);
    return undefined;
  }
  const base = (general ?? 'http://localhost:4318').replace(/\/+$/, '');
  const url = own ?? `${base}/v1/${kind.toLowerCase()}`;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    const name = own === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : `OTEL_EXPORTER_OTLP_${kind}_ENDPOINT`;
    const problem = `${name}: expected http://host:port or https://host:port`;
    if (!problems.includes(problem)) problems.push(problem);
  }
  return { to: 'collector', url };
}

/** `name=value, …`, with the values percent-encoded. A value may be a secret, so none is repeated. */
function pairs(name: string, text: string | undefined, problems: string[]): Record<string, string> {
  const entries = (text ?? '').split(',').filter((entry) => entry.trim() !== '');
  const read = entries.map((entry) => {
    const [, key, value = ''] = /^\s*([\w.!#$%&'*+^`|~-]+)\s*=\s*(.*?)\s*$/.exec(entry) ?? [];
    try {
      const decoded = decodeURIComponent(value);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what no header may hold
      return key === undefined || /[\x00-\x1f\x7f-\uffff]/.test(decoded)
        ? undefined
        : ([key, decoded] as const);
    } catch {
      return undefined;
    }
  });
  if (read.includes(undefined)) {
    problems.push(`${name}: expected name=value, … with what is not plain ASCII percent-encoded`);
    return {};
  }
  return Object.fromEntries(read.filter((pair) => pair !== undefined));
}

function sampler(words: Words, problems: string[]): TelemetrySettings['sampler'] {
  const whole = words.otelSampler ?? 'parentbased_always_on';
  const parentBased = whole.startsWith('parentbased_');
  const name = SAMPLERS.find((known) => known === whole.replace(/^parentbased_/, ''));
  if (name === undefined)
    problems.push(
      `OTEL_TRACES_SAMPLER: expected ${SAMPLERS.join(', ')}, or one of them after parentbased_ (got ${shown(whole)})`,
    );
  const argument = words.otelSamplerArg ?? '1';
  const ratio = Number(argument);
  if (name === 'traceidratio' && !(ratio >= 0 && ratio <= 1))
    problems.push(`OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1 (got ${shown(argument)})`);
  return { name: name ?? 'always_on', parentBased, ratio };
}

function interval(text: string | undefined, problems: string[]): number {
  const milliseconds = Number(text ?? 60_000);
  // Node's timers hold no more.
  if (Number.isInteger(milliseconds) && milliseconds >= 1 && milliseconds < 2 ** 31) return milliseconds;
  problems.push(`OTEL_METRIC_EXPORT_INTERVAL: expected milliseconds (got ${shown(text)})`);
  return 60_000;
}
