import type { IncomingMessage } from 'node:http';

/** Who may reach the HTTP door: exact `host`, `host:port`, or `host:*` for any port. Loopback is always among them. */
export interface GuardOptions {
  allowedHosts: readonly string[];
  /** Like hosts; with a scheme (`https://app.example`) the scheme must match too. */
  allowedOrigins: readonly string[];
}

/** Why a request is turned away, as HTTP says it. */
export interface Refusal {
  status: number;
  message: string;
}

/** A page of another site that rebinds its name to us can never send one of these as Host, so they are safe. */
const LOOPBACK = ['127.0.0.1', '127.0.0.1:*', 'localhost', 'localhost:*', '[::1]', '[::1]:*'];

/** What stands before every HTTP transport. */
export interface Guard {
  /** Why this request is turned away, if it is. */
  refuse(request: IncomingMessage): Refusal | undefined;
  /** The same for a page of ours: a form on it comes from our own origin, and is no JSON. */
  refusePage(request: IncomingMessage): Refusal | undefined;
  /** What a browser must be told (CORS) so that the page at this request's Origin may read the answer. */
  headers(request: IncomingMessage): Record<string, string>;
}

/**
 * Stops DNS rebinding: a web page that points its own name at this machine sends its name as Host and Origin. Bad Host
 * 421, bad Origin 403, no Origin allowed (programs send none), a POST that is not JSON 400. The semantics are those of
 * the Python MCP SDK's `TransportSecuritySettings`.
 *
 * Only pages that the settings name may read answers in a browser. Loopback origins pass, as local programs send them,
 * but are not told so: whatever page some local server shows is not thereby a client of Proxmox.
 */
export function createGuard(options: GuardOptions): Guard {
  const hosts = matcher([...LOOPBACK, ...options.allowedHosts]);
  const origins = matcher([...LOOPBACK, ...options.allowedOrigins]);
  const pages = matcher(options.allowedOrigins);
  const refuseHost = (host: string | undefined): Refusal | undefined => {
    if (host !== undefined && hosts(host)) return undefined;
    const message = `Host ${quote(host)} is not allowed. Add it to MCP_ALLOWED_HOSTS if it is yours.`;
    return { status: 421, message };
  };
  const refuseOrigin = (origin: string | undefined): Refusal | undefined => {
    if (origin === undefined || origins(origin)) return undefined;
    const message = `Origin ${quote(origin)} is not allowed. Add it to MCP_ALLOWED_ORIGINS if it is yours.`;
    return { status: 403, message };
  };
  return {
    refusePage({ headers: { host, origin } }) {
      const own = origin?.replace(/^https?:\/\//i, '').toLowerCase() === host?.toLowerCase();
      return refuseHost(host) ?? (own ? undefined : refuseOrigin(origin));
    },
    refuse(request) {
      const refused = refuseHost(request.headers.host) ?? refuseOrigin(request.headers.origin);
      if (refused !== undefined) return refused;
      if (request.method === 'POST' && !isJson(request.headers['content-type'])) {
        return { status: 400, message: 'Content-Type must be application/json.' };
      }
      return undefined;
    },
    headers(request) {
      const { origin } = request.headers;
      return origin !== undefined && pages(origin) ? { ...CORS, 'access-control-allow-origin': origin } : {};
    },
  };
}

const CORS = {
  vary: 'Origin',
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers':
    'Content-Type, Accept, Authorization, Last-Event-ID, Mcp-Session-Id, Mcp-Protocol-Version, Mcp-Method, Mcp-Name',
  'access-control-expose-headers': 'Mcp-Session-Id, WWW-Authenticate',
  'access-control-max-age': '600',
};

function matcher(patterns: readonly string[]): (value: string) => boolean {
  const exact = new Set<string>();
  const anyPort: string[] = [];
  for (const pattern of patterns.map((entry) => entry.toLowerCase())) {
    if (pattern.endsWith(':*')) anyPort.push(pattern.slice(0, -1));
    else exact.add(pattern);
  }
  const matches = (value: string) =>
    exact.has(value) ||
    anyPort.some((start) => value.startsWith(start) && /^\d{1,5}$/.test(value.slice(start.length)));
  return (raw) => {
    const value = raw.toLowerCase();
    const scheme = value.indexOf('://');
    return matches(value) || (scheme > 0 && matches(value.slice(scheme + 3)));
  };
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/json\s*(;|$)/i.test(contentType);
}

/** What a stranger sent is shown short and without control characters. */
function quote(value: string | undefined): string {
  return value === undefined ? '(none)' : JSON.stringify(value.slice(0, 100));
}
