import * as z from 'zod';
import { setting } from './setting.ts';

/** They are many programs' variables, so what stands in them is judged only where it is used: by `parseTelemetry`. */
const schema = z.string();

/** OpenTelemetry, by the variables that its specification names. They have no flags, and are read only where one is set. */
export const telemetrySettings = {
  otelEndpoint: setting({
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    mayHoldSecret: true,
    schema,
    shape: 'http(s) URL',
    help: 'Send traces and metrics to this OpenTelemetry collector (OTLP over HTTP).',
  }),
  otelTracesEndpoint: setting({
    env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    mayHoldSecret: true,
    schema,
    shape: 'http(s) URL',
    default: 'the endpoint and /v1/traces',
    help: 'Where traces go.',
  }),
  otelMetricsEndpoint: setting({
    env: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
    mayHoldSecret: true,
    schema,
    shape: 'http(s) URL',
    default: 'the endpoint and /v1/metrics',
    help: 'Where metrics go.',
  }),
  otelTraces: setting({
    env: 'OTEL_TRACES_EXPORTER',
    schema,
    shape: 'otlp, console or none',
    default: 'otlp where there is an endpoint',
    help: 'How traces leave; console: into the log.',
  }),
  otelMetrics: setting({
    env: 'OTEL_METRICS_EXPORTER',
    schema,
    shape: 'otlp, console or none',
    default: 'otlp where there is an endpoint',
    help: 'How metrics leave; console: into the log.',
  }),
  otelProtocol: setting({
    env: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    schema,
    shape: 'http/protobuf or http/json',
    default: 'http/protobuf',
    help: 'How they are written. gRPC is not spoken here.',
  }),
  otelHeaders: setting({
    env: 'OTEL_EXPORTER_OTLP_HEADERS',
    secret: true,
    schema,
    shape: 'name=value, …',
    help: 'Headers for the collector, such as its key.',
  }),
  otelServiceName: setting({
    env: 'OTEL_SERVICE_NAME',
    schema,
    shape: 'text',
    default: 'proxmox-mcp',
    help: 'How this service is called there.',
  }),
  otelResource: setting({
    env: 'OTEL_RESOURCE_ATTRIBUTES',
    schema,
    shape: 'name=value, …',
    help: 'What else is said of it there.',
  }),
  otelSampler: setting({
    env: 'OTEL_TRACES_SAMPLER',
    schema,
    shape: '[parentbased_]always_on, always_off or traceidratio',
    default: 'parentbased_always_on',
    help: 'Which calls are traced.',
  }),
  otelSamplerArg: setting({
    env: 'OTEL_TRACES_SAMPLER_ARG',
    schema,
    shape: '0 to 1',
    default: '1',
    help: 'How many of them, by traceidratio.',
  }),
  otelInterval: setting({
    env: 'OTEL_METRIC_EXPORT_INTERVAL',
    schema,
    shape: 'milliseconds',
    default: '60000',
    help: 'How often metrics are sent.',
  }),
  otelDisabled: setting({
    env: 'OTEL_SDK_DISABLED',
    schema,
    shape: 'true or false',
    default: 'false',
    help: 'true: nothing is sent, whatever the other OTEL variables say.',
  }),
} as const;
