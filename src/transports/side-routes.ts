import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Doorkeeper } from './auth/doorkeeper.ts';
import { sendJson } from './exchange.ts';
import { notAllowed, refuse } from './replies.ts';

export interface SideRoutesOptions {
  /** What `GET /healthz` tells beside `status: "ok"`. */
  version: string;
  /** Who may come in; whoever reaches this where it is absent. */
  doorkeeper?: Doorkeeper;
  /** Why this server is of no use now, in one word; undefined: it is. `GET /readyz` */
  unready?(): Promise<string | undefined>;
  /** Figures for Prometheus, and whether anybody may see them. `GET /metrics` */
  metrics?: { text(): string; open: boolean };
}

/** Answers what stands beside MCP. False, with nothing done, where a path is none of that. */
export async function sideRoute(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  options: SideRoutesOptions,
): Promise<boolean> {
  const { doorkeeper, metrics, unready } = options;
  const metadata = doorkeeper?.metadata(request, path);
  const known = path === '/healthz' || (path === '/readyz' && unready) || (path === '/metrics' && metrics);
  if (!known && metadata === undefined) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    notAllowed(request, response, 'GET, HEAD');
  } else if (metadata !== undefined) {
    sendJson(response, 200, metadata);
  } else if (path === '/healthz') {
    sendJson(response, 200, { status: 'ok', version: options.version });
  } else if (path === '/readyz') {
    const reason = await unready?.();
    if (reason === undefined) sendJson(response, 200, { status: 'ready' });
    else sendJson(response, 503, { status: 'not ready', reason }, { 'retry-after': '5' });
  } else if (metrics !== undefined) {
    const denied = metrics.open ? undefined : await doorkeeper?.admit(request);
    if (denied !== undefined && 'status' in denied)
      refuse(request, response, denied.status, denied.message, denied.headers);
    else
      response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
        .end(metrics.text());
  }
  return true;
}
