import type { Api, CallOptions } from '../api/api.ts';
import { type ApiPath, path } from '../api/path.ts';
import type { WebSocketStream } from '../api/websocket.ts';
import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { row, text } from './read.ts';
import type { Terminal } from './terminal.ts';

/** A VM or container, and where it is. */
export interface ConsoleGuest {
  node: string;
  type: 'qemu' | 'lxc';
  vmid: number;
}

export interface TerminalOptions extends Pick<CallOptions, 'signal' | 'timeoutMs'> {
  /** Of a VM: which one, where it has several; its first one otherwise. */
  serial?: 'serial0' | 'serial1' | 'serial2' | 'serial3';
  /** The size to begin with, in characters; Proxmox starts with 80 by 20. */
  columns?: number;
  rows?: number;
}

/** A screen: the RFB protocol (VNC), both ways, for a VNC client to speak. */
export interface Screen extends AsyncIterable<Buffer> {
  /** For RFB's own authentication. */
  readonly password: string;
  write(data: Uint8Array | string): Promise<void>;
  /** Ends it; the guest goes on. */
  close(): Promise<void>;
}

/** How long termproxy may take to read a ticket, in milliseconds. */
const TICKET_MS = 10_000;

/**
 * Screens and terminals. Each is opened on the server that made its ticket, which waits for ten seconds; a ticket is used
 * once. They stay open until either side closes them, or `signal` aborts.
 */
export class Consoles {
  readonly #api: Api;
  readonly #clock: Clock;

  constructor(api: Api, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** Opens the screen of a VM, or a container's terminal drawn as one. Needs VM.Console; works with tokens. */
  async screen(
    guest: ConsoleGuest,
    options: Pick<CallOptions, 'signal' | 'timeoutMs'> = {},
  ): Promise<Screen> {
    const place = placeOf(guest);
    const { stream, answer, ticket } = await this.#open(place, 'vncproxy', { websocket: true }, options);
    return {
      // The ticket begins with the password where it is not told apart.
      password: text(answer.password) ?? ticket.slice(0, 8),
      write: (data) => stream.write(data),
      close: () => stream.close(),
      [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
    };
  }

  /**
   * Opens a terminal: the serial console of a VM, a container's console, or a shell on a node (which lets root@pam's
   * own login in and asks everybody else). Tokens may open a node's since PVE 9.1, a guest's since April 2026.
   */
  async terminal(where: ConsoleGuest | { node: string }, options: TerminalOptions = {}): Promise<Terminal> {
    const { serial, columns, rows, ...call } = options;
    const place = placeOf(where);
    const { stream, answer, ticket } = await this.#open(place, 'termproxy', serial ? { serial } : {}, call);
    const { TerminalStream } = await import('./terminal.ts');
    const terminal = new TerminalStream(stream, this.#clock);
    try {
      await terminal.logIn(`${text(answer.user) ?? ''}:${ticket}`, options.timeoutMs ?? TICKET_MS);
      if (columns !== undefined || rows !== undefined) await terminal.resize(columns ?? 80, rows ?? 20);
    } catch (error) {
      await terminal.close();
      throw error;
    }
    return terminal;
  }

  async #open(
    place: ApiPath,
    kind: 'vncproxy' | 'termproxy',
    params: Record<string, string | boolean>,
    options: Pick<CallOptions, 'signal' | 'timeoutMs'>,
  ): Promise<{ stream: WebSocketStream; answer: Record<string, unknown>; ticket: string }> {
    // Before the ticket is asked for, which does not wait.
    const { openWebSocket } = await import('../api/websocket.ts');
    const host = await this.#api.host();
    const answer = row(await this.#api.post(`${place}/${kind}` as ApiPath, params, { ...options, host }));
    const [port, ticket] = [text(answer.port), text(answer.ticket)];
    if (port === undefined || ticket === undefined) {
      throw new Failure('bad_answer', 'Proxmox gave no port and ticket for the console.', 'Try again.');
    }
    const stream = await openWebSocket(
      this.#api,
      `${place}/vncwebsocket` as ApiPath,
      { port, vncticket: ticket },
      { ...options, host },
    );
    return { stream, answer, ticket };
  }
}

function placeOf(where: ConsoleGuest | { node: string }): ApiPath {
  if (!('vmid' in where)) return path`/nodes/${where.node}`;
  return path`/nodes/${where.node}/${where.type}/${where.vmid}`;
}
