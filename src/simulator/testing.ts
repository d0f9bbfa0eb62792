// How this room's own tests speak to a simulator: as a client would, over its `fetch`.
import type { Simulator } from './simulator.ts';
import type { Verb, WireResponse } from './wire/message.ts';

export interface Ask {
  /** `user@realm` logs in with the password first; `user@realm!token` sends the token; absent sends nothing. */
  as?: string;
  /** Sent as a form. */
  form?: Record<string, string | number>;
  /** Sent as it is. */
  body?: string;
  headers?: Record<string, string>;
}

/** An answer with its JSON read and the time it took on the simulator's clock, in milliseconds. */
export interface Told extends WireResponse {
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  json: any;
  took: number;
}

/** `ask(simulator, 'GET /version', { as: 'root@pam!full' })`; a path that starts with `/api2` or `//` is sent as it is. */
export async function ask(simulator: Simulator, line: string, options: Ask = {}): Promise<Told> {
  const [method, path = ''] = line.split(' ');
  const login = await headersFor(simulator, options.as);
  const form = options.form && new URLSearchParams(entriesOf(options.form)).toString();
  const body = options.body ?? form;
  const started = simulator.clock.now();
  const answer = await simulator.fetch({
    method: method as Verb,
    path: /^\/(api2|pve-docs)/.test(path) ? path : `/api2/json${path}`,
    headers: { ...login, ...options.headers },
    ...(body !== undefined && { body }),
  });
  return { ...answer, json: jsonOf(answer.body), took: simulator.clock.now() - started };
}

async function headersFor(simulator: Simulator, as: string | undefined): Promise<Record<string, string>> {
  if (as === undefined) return {};
  const secret = simulator.logins[as] ?? '';
  if (as.includes('!')) return { authorization: `PVEAPIToken=${as}=${secret}` };
  const form = { username: as, password: secret };
  const { json } = await ask(simulator, 'POST /access/ticket', { form });
  return {
    cookie: `PVEAuthCookie=${encodeURIComponent(json.data.ticket)}`,
    csrfpreventiontoken: json.data.CSRFPreventionToken,
  };
}

function entriesOf(form: Record<string, string | number>): [string, string][] {
  return Object.entries(form).map(([name, value]) => [name, String(value)]);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
