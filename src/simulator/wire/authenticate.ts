import type { Principal } from '../call.ts';
import type { Access } from '../world/access.ts';
import { permissionDenied } from './check-permissions.ts';
import type { Incoming } from './message.ts';
import { decodeBytes } from './percent.ts';

/** The login is refused: a bare status line, after three seconds (recorded on PVE 9.2). */
export class Refused extends Error {
  readonly status: number;

  constructor(reason: string, status = 401) {
    super(reason);
    this.status = status;
  }
}

/** What authentication found. */
export interface Login {
  /** Absent where none is needed, or none was asked for. */
  principal: Principal | undefined;
  /** Whether a token was offered; on the paths that need no login it has not been looked at. */
  byToken: boolean;
  ticket: string | undefined;
}

const OPEN = new Set([
  'GET /access/domains',
  'GET /access/ticket',
  'POST /access/ticket',
  'POST /access/vncticket',
  'POST /access/openid/login',
  'POST /access/openid/auth-url',
]);

const UPLOAD = /^\/nodes\/[^/]+\/storage\/([^/]+)\/upload$/;

/** Whether this path takes files: they come with a POST in parts, and pveproxy treats them apart. */
export function isUpload(path: string): boolean {
  return UPLOAD.test(path);
}

/**
 * Who calls. A ticket stands in the cookie, or in `Authorization` under the cookie's name, and beats a token. `now` is
 * in seconds. Throws `Refused`.
 */
export function authenticate(request: Incoming, path: string, access: Access, now: number): Login {
  const { cookie, authorization, csrfpreventiontoken: csrf } = request.headers;
  const ticket =
    authValue(cookie, /(?:^|\s)PVEAuthCookie(?:=| )([^;]*)/) ??
    authValue(authorization, /(?:^|\s)PVEAuthCookie(?:=| )([^;]*)/);
  const token = ticket ? undefined : authValue(authorization, /(?:^|\s)PVEAPIToken(?:=| )([^;]*)/);
  const byToken = token !== undefined;
  if (OPEN.has(`${request.method} ${path}`)) return { principal: undefined, byToken, ticket };

  const authid = token === undefined ? ticketUser(ticket, access, now) : tokenUser(token, access, now);
  const principal = principalOf(access, authid);
  const storage = UPLOAD.exec(path)?.[1];
  if (request.method === 'POST' && storage !== undefined) {
    // Uploads need no CSRF token, so the privilege is asked here, before the body is read.
    const denied = permissionDenied(
      access,
      { check: ['perm', `/storage/${storage}`, ['Datastore.AllocateTemplate']] },
      authid,
      {},
    );
    if (denied) throw new Refused(denied.message, denied.status);
  } else if (
    request.method !== 'GET' &&
    !byToken &&
    !access.tickets.isCsrf(csrf ?? '', principal.userid, now)
  ) {
    throw new Refused('Permission denied - invalid csrf token');
  }
  return { principal, byToken, ticket };
}

/** The caller as handlers see it. */
export function principalOf(access: Access, authid: string): Principal {
  const [userid = '', tokenid] = authid.split('!');
  return {
    userid,
    tokenid,
    authid,
    isRoot: authid === 'root@pam',
    may: (path, privilege) => access.may(authid, path, privilege),
  };
}

function authValue(header: string | undefined, pattern: RegExp): string | undefined {
  const value = header === undefined ? undefined : pattern.exec(header)?.[1];
  return value ? decodeBytes(value) : undefined;
}

function ticketUser(ticket: string | undefined, access: Access, now: number): string {
  if (!ticket) throw new Refused('No ticket');
  const userid = access.tickets.userOf(ticket, now);
  if (userid === undefined || !access.isUsable(userid, now)) throw new Refused('Authentication failed!');
  return userid;
}

function tokenUser(given: string, access: Access, now: number): string {
  const [, authid = '', secret] = /^(.*)=(.*)$/s.exec(given) ?? [];
  const [, userid = '', tokenid = ''] =
    /^([^\s:/]+@[A-Za-z][A-Za-z0-9._-]+)!([A-Za-z][A-Za-z0-9._-]+)$/.exec(authid) ?? [];
  const token = access.users.get(userid)?.tokens.get(tokenid);
  const expired = token !== undefined && token.expire !== 0 && token.expire < now;
  if (!token || expired || !access.isUsable(userid, now) || token.secret !== secret) {
    throw new Refused('Authentication failed!');
  }
  return authid;
}
