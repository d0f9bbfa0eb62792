/** Where one kind of telemetry goes: to a collector's URL (OTLP), or into the log. */
export type Target = { to: 'collector'; url: string } | { to: 'log' };

/** OpenTelemetry's samplers that are known here, by the names of `OTEL_TRACES_SAMPLER`. */
export const SAMPLERS = ['always_on', 'always_off', 'traceidratio'] as const;

/** What is sent where. */
export interface TelemetrySettings {
  traces: Target | undefined;
  metrics: Target | undefined;
  protocol: 'http/protobuf' | 'http/json';
  /** Go with every request to the collector; often a secret. */
  headers: Readonly<Record<string, string>>;
  /** What is said of this process, `service.name` among it. */
  resource: Readonly<Record<string, string>>;
  sampler: {
    name: (typeof SAMPLERS)[number];
    /** Whether a client that has decided is followed. */
    parentBased: boolean;
    /** Of `traceidratio`: from 0 to 1. */
    ratio: number;
  };
  /** How often figures are sent. */
  intervalMs: number;
}
