import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One span as it arrived. */
export interface ArrivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  kind: number;
  attributes: Record<string, unknown>;
  links: { traceId: string; spanId: string }[];
  /** 2 where it failed. */
  status: number | undefined;
}

export interface Collector {
  url: string;
  /** Everything that was sent, as it was. */
  received: { path: string; headers: IncomingHttpHeaders; body: Buffer }[];
  /** The spans so far, where they were sent as JSON. */
  spans(): ArrivedSpan[];
  /** The last value of each figure, by its name and its labels as `name{label="value"}`; of a histogram, the count. */
  figures(): Record<string, number>;
  /** What is said of the sender. */
  resource(): Record<string, unknown>;
}

/** Stands in for an OpenTelemetry collector that takes OTLP over HTTP. @param status what it answers to everything */
export async function collector(status = 200): Promise<Collector> {
  const received: Collector['received'] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts) });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const bodies = (path: string) =>
    received.filter((one) => one.path === path).map(({ body }) => JSON.parse(body.toString('utf8')));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    spans: () =>
      bodies('/v1/traces').flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ scopeSpans }: Json) =>
          scopeSpans.flatMap(({ spans }: Json) => spans.map(readSpan)),
        ),
      ),
    figures: () =>
      Object.fromEntries(
        bodies('/v1/metrics').flatMap(({ resourceMetrics }) =>
          resourceMetrics.flatMap(({ scopeMetrics }: Json) =>
            scopeMetrics.flatMap(({ metrics }: Json) => metrics.flatMap(readMetric)),
          ),
        ),
      ),
    resource: () => attributesOf(bodies('/v1/traces')[0].resourceSpans[0].resource.attributes),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: OTLP's JSON, of which a test reads what it needs
type Json = any;

function readSpan(span: Json): ArrivedSpan {
  const { traceId, spanId, parentSpanId, name, kind, links = [], status } = span;
  const ids = links.map((link: Json) => ({ traceId: link.traceId, spanId: link.spanId }));
  const attributes = attributesOf(span.attributes);
  return { traceId, spanId, parentSpanId, name, kind, attributes, links: ids, status: status?.code };
}

function readMetric({ name, sum, gauge, histogram }: Json): [string, number][] {
  return (sum ?? gauge ?? histogram).dataPoints.map((point: Json) => {
    const labels = Object.entries(attributesOf(point.attributes)).map(
      ([label, value]) => `${label}="${value}"`,
    );
    const value = Number(point.asInt ?? point.asDouble ?? point.count);
    return [labels.length === 0 ? name : `${name}{${labels.join(',')}}`, value];
  });
}

function attributesOf(list: Json[] = []): Record<string, unknown> {
  return Object.fromEntries(
    list.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? Number(value.intValue ?? value.doubleValue),
    ]),
  );
}
