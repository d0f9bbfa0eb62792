import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createVirtualClock, type VirtualClock } from '../../src/simulator/virtual-clock.ts';
import type { World } from '../../src/simulator/world/world.ts';
import type { Recording } from './recordings.ts';

type Fields = Record<string, string | number>;

/** The recorded machine on a clock of its own, and what a replay has to remember of it. */
export class Lab {
  readonly clock: VirtualClock;
  readonly simulator: Simulator;
  /** Recorded UPIDs and process ids inside a guest, and what they are here. */
  readonly upids = new Map<string, string>();
  readonly pids = new Map<string, string>();
  /** The last ticket for a console, and its port. */
  consoleTicket = '';
  consolePort = '';
  /** Where it is served. */
  port = 0;
  /** The last ticket that root@pam was given. */
  loginTicket = '';
  readonly #tickets = new Map<string, { ticket: string; csrf: string }>();

  constructor(start: string) {
    this.clock = createVirtualClock(Date.parse(start));
    this.simulator = createSimulator({ seed: 'lab', clock: this.clock });
  }

  get world(): World {
    return this.simulator.world;
  }

  /** Lets time pass until that moment; it never goes back. */
  until(moment: number): void {
    if (moment > this.clock.now()) this.clock.advance(moment - this.clock.now());
    this.world.settle();
  }

  /** A ticket and CSRF token of that user, logged in once. */
  async login(userid: string): Promise<{ ticket: string; csrf: string }> {
    const known = this.#tickets.get(userid);
    if (known) return known;
    const form = { username: userid, password: this.simulator.logins[userid] ?? '' };
    const data = (await this.#ask('POST /access/ticket', form, {})) as Record<string, string>;
    const login = { ticket: data.ticket ?? '', csrf: data.CSRFPreventionToken ?? '' };
    this.#tickets.set(userid, login);
    if (userid === 'root@pam') this.loginTicket = login.ticket;
    return login;
  }

  /**
   * Does by the front door what was done off the record, and waits for the task it starts: with root's full token where
   * there is one yet, as most was recorded, or by root's own login.
   */
  async do(line: string, form?: Fields, as: 'token' | 'root' = 'token'): Promise<unknown> {
    const secret = this.simulator.logins['root@pam!lab'];
    const { ticket, csrf } = await this.login('root@pam');
    const cookie = { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`, csrfpreventiontoken: csrf };
    const byToken = as === 'token' && secret !== undefined;
    const headers = byToken ? { authorization: `PVEAPIToken=root@pam!lab=${secret}` } : cookie;
    const data = await this.#ask(line, form, headers);
    if (typeof data === 'string' && data.startsWith('UPID:')) await this.taskEnds(data);
    return data;
  }

  /** Waits on the virtual clock until a task has ended. */
  async taskEnds(upid: string): Promise<void> {
    for (let tries = 0; tries < 2000; tries++) {
      this.world.settle();
      const task = this.world.tasks.get(upid);
      if (!task || task.exitstatus !== undefined) return;
      await this.clock.sleep(100);
    }
    throw new Error(`${upid} does not end`);
  }

  /** Learns which of our ids stand for the recorded ones. */
  learn(recorded: unknown, ours: unknown): string | undefined {
    const [a, b] = [dataOf(recorded), dataOf(ours)];
    if (typeof a === 'string' && typeof b === 'string' && a.startsWith('UPID:')) {
      this.upids.set(a, b);
      return b;
    }
    const [from, to] = [a as Record<string, unknown> | null, b as Record<string, unknown> | null];
    if (typeof from?.pid === 'number' && typeof to?.pid === 'number')
      this.pids.set(String(from.pid), String(to.pid));
    if (typeof from?.upid === 'string' && typeof to?.upid === 'string') this.upids.set(from.upid, to.upid);
    if (typeof to?.ticket === 'string' && to.ticket.includes('PVEVNC')) {
      this.consoleTicket = to.ticket;
      this.consolePort = String(to.port);
    }
    return undefined;
  }

  async #ask(line: string, form: Fields | undefined, headers: Record<string, string>): Promise<unknown> {
    const [method, path] = line.split(' ') as ['GET' | 'POST' | 'PUT' | 'DELETE', string];
    const body = new URLSearchParams(
      Object.entries(form ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
    ).toString();
    const withBody = method === 'POST' || method === 'PUT';
    const target = withBody || body === '' ? path : `${path}?${body}`;
    const answer = await this.simulator.fetch({
      method,
      path: `/api2/json${target}`,
      headers,
      ...(withBody && { body }),
    });
    if (answer.status !== 200)
      throw new Error(`${line} ${body}: ${answer.status} ${answer.reason} ${answer.body}`);
    return (JSON.parse(answer.body) as { data: unknown }).data;
  }
}

/** When a recorded request was sent. */
export function sentAt({ at, response }: Recording): number {
  return Date.parse(at) - (response.elapsed_ms > 1000 ? response.elapsed_ms : 0);
}

function dataOf(json: unknown): unknown {
  return (json as { data?: unknown } | undefined)?.data;
}
