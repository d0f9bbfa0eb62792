import { workers } from '../schema/workers.ts';
import type { CallTrace, Incoming } from '../server/trace.ts';
import { pathTemplate } from './path-template.ts';
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from './sdk.ts';
import { readTraceparent } from './traceparent.ts';

const TASK_TYPES = new Set(Object.values(workers).flatMap((worker) => worker.split(' ')));

/**
 * One tool call, or another request that reads from Proxmox, as spans: itself, and below it each request to Proxmox and each wait for a task. Names and attributes are
 * those of OpenTelemetry's conventions for MCP and HTTP. What could name somebody's things is left out: arguments, paths
 * as they were sent, texts of errors, ids of sessions and of messages.
 */
export function traceCall(tracer: Tracer, { method, tool, transport, said, carried }: Incoming): CallTrace {
  const [own, outer] = [readTraceparent(said), readTraceparent(carried)];
  const parent = own ?? outer;
  const called = method === 'tools/call';
  const span = tracer.startSpan(
    called ? `tools/call ${tool}` : method,
    {
      kind: SpanKind.SERVER,
      attributes: {
        'mcp.method.name': method,
        ...(called && { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool }),
        'network.transport': transport,
      },
      // As the conventions have it: who said it with the call is the parent, the HTTP request beside it is linked.
      ...(own && outer && { links: [{ context: outer }] }),
    },
    parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
  );
  const within = trace.setSpan(ROOT_CONTEXT, span);
  return {
    request: ({ method, path }) => traceRequest(tracer, method, path, within),
    wait(type) {
      const attributes = { 'proxmox.task.type': knownType(type) };
      const wait = tracer.startSpan('wait for task', { attributes }, within);
      return (end) => {
        wait.setAttribute('proxmox.task.end', end);
        if (end !== 'ok' && end !== 'warnings' && end !== 'running') failed(wait, end);
        wait.end();
      };
    },
    ended(code) {
      if (code !== 'ok') {
        span.setAttribute('proxmox_mcp.code', code);
        failed(span, called ? 'tool_error' : code);
      }
      span.end();
    },
  };
}

function traceRequest(tracer: Tracer, method: string, path: string, within: Context) {
  const template = pathTemplate(method, path);
  const request = tracer.startSpan(
    template === undefined ? method : `${method} ${template}`,
    {
      kind: SpanKind.CLIENT,
      attributes: { 'http.request.method': method, ...(template && { 'url.template': template }) },
    },
    within,
  );
  return (end: number | string, again: number) => {
    if (typeof end === 'number') request.setAttribute('http.response.status_code', end);
    if (again > 0) request.setAttribute('http.request.resend_count', again);
    if (typeof end === 'string' || end >= 400) failed(request, String(end));
    request.end();
  };
}

function failed(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** A caller can make up a task id, and so a type. */
function knownType(type: string): string {
  return TASK_TYPES.has(type) ? type : 'other';
}
