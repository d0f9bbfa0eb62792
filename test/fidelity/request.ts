import { createHash } from 'node:crypto';
import type { Lab } from './lab.ts';
import type { Recording } from './recordings.ts';

/** What a recording's name says of its request and its headers do not: one entry each, with the reason. */
const SPECIAL: Record<
  string,
  { http?: '1.0'; noLength?: true; secret?: string; cookie?: (ticket: string) => string }
> = {
  http10: { http: '1.0' },
  post_no_content_length: { noLength: true },
  auth_token_bad_secret: { secret: '00000000-0000-0000-0000-000000000000' },
  auth_cookie_bad: { cookie: (ticket) => encodeURIComponent(ticket.replace(/::.*/, '::bad')) },
  auth_cookie_unencoded: { cookie: (ticket) => ticket },
};

/** A recorded request as bytes, with logins and ids of this lab in place of the recorded ones. */
export async function bytesOf(recording: Recording, lab: Lab): Promise<Buffer> {
  const { request, name } = recording;
  const special = SPECIAL[name] ?? {};
  const headers: [string, string][] = [['Host', '127.0.0.1:8006']];
  headers.push(...(await loginHeaders(recording, lab)));
  for (const [key, value] of Object.entries(request.headers ?? {})) {
    if (key !== 'CSRFPreventionToken') headers.push([key, value]);
  }
  const body = request.body === undefined ? undefined : Buffer.from(filled(request.body, recording, lab));
  const sendsBody = request.method === 'POST' || request.method === 'PUT' || body !== undefined;
  if (sendsBody && !special.noLength) headers.push(['Content-Length', String(body?.length ?? 0)]);
  const target = pathOf(recording, lab);
  const lines = [`${request.method} ${target} HTTP/${special.http ?? '1.1'}`];
  for (const [key, value] of headers) lines.push(`${key}: ${value}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body ?? Buffer.alloc(0)]);
}

async function loginHeaders({ request, name }: Recording, lab: Lab): Promise<[string, string][]> {
  const { auth, headers } = request;
  if (auth === undefined) return [];
  const special = SPECIAL[name] ?? {};
  const userid = /^ticket cookie of (.*)$/.exec(auth)?.[1];
  if (userid !== undefined) {
    const { ticket, csrf } = await lab.login(userid);
    const cookie = (special.cookie ?? encodeURIComponent)(ticket);
    const wantsCsrf = headers?.CSRFPreventionToken !== undefined;
    return [
      ['Cookie', `PVEAuthCookie=${cookie}`],
      ...(wantsCsrf ? [['CSRFPreventionToken', csrf] as [string, string]] : []),
    ];
  }
  const [login = '', cookie] = auth.split(' + cookie ');
  const tokenid = /([^\s=]+@[^\s=]+)=<secret>/.exec(login)?.[1] ?? '';
  const secret = special.secret ?? lab.simulator.logins[tokenid] ?? 'gone';
  const credentials = Buffer.from(`root@pam:${lab.simulator.logins['root@pam']}`).toString('base64');
  const value = login.replace('<secret>', secret).replace('<credentials>', credentials);
  return [
    ['Authorization', value],
    ...(cookie === undefined ? [] : [['Cookie', cookie] as [string, string]]),
  ];
}

function pathOf(recording: Recording, lab: Lab): string {
  return filled(recording.request.path, recording, lab)
    .replace(/UPID(%3A|:)[^/?]+/, (text, colon) => {
      const ours = lab.upids.get(decodeURIComponent(text)) ?? decodeURIComponent(text);
      return colon === ':' ? ours : encodeURIComponent(ours);
    })
    .replace(/(?<=[?&]pid=)\d+/, (pid) => lab.pids.get(pid) ?? pid)
    .replace(/(?<=vncwebsocket\?port=)\d+/, lab.consolePort);
}

/** Fills in what was taken out of a recording: passwords, tickets, and bytes that mean nothing. */
function filled(text: string, { name }: Recording, lab: Lab): string {
  const length = Number(/<(\d+) bytes>/.exec(text)?.[1] ?? 0);
  const bytes = 'a'.repeat(length);
  const password = encodeURIComponent(lab.simulator.logins['root@pam'] ?? '');
  const ticket = name.includes('websocket') ? lab.consoleTicket : lab.loginTicket;
  return text
    .replace('<sha256 of the bytes>', createHash('sha256').update(bytes).digest('hex'))
    .replace(/<\d+ bytes>/, bytes)
    .replace('<password>', name === 'user_create_duplicate' ? 'alice-Pass1' : password)
    .replace('<ticket>', encodeURIComponent(ticket));
}
