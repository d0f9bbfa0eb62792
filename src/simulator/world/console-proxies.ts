import { createHmac, randomBytes } from 'node:crypto';

/** What a console's program sends to whoever looks at it. */
export interface Line {
  send(bytes: Buffer): void;
  /** The program is over: the connection closes. */
  end(): void;
}

/** What runs behind a console, once somebody has connected. */
export interface Program {
  receive(bytes: Buffer): void;
  /** The other side is gone. */
  hangUp(): void;
}

/** A port that waits for one client. */
export interface ConsoleProxy {
  port: number;
  /** For `vncwebsocket`, and for the first line that termproxy reads. */
  ticket: string;
  /** Of the RFB protocol. */
  password: string;
  /** Takes the client; can be done once. */
  connect: (line: Line) => Program;
}

const FIRST = 5900;
const LAST = 5999;
/** A ticket is good for 40 seconds, and from 20 seconds before it was given (PVE 9.2). */
const LIFETIME = 40;
const GRACE = 20;

/** The ports from 5900 that proxies for consoles listen on, and the tickets for them. */
export class ConsoleProxies {
  readonly #key = randomBytes(32);
  readonly #taken = new Set<number>();
  readonly #waiting = new Map<number, ConsoleProxy>();

  /** Takes the next free port and makes a ticket for it. `now` in seconds. Undefined where no port is free. */
  open(
    authid: string,
    path: string,
    now: number,
    connect: (proxy: ConsoleProxy) => ConsoleProxy['connect'],
  ): ConsoleProxy | undefined {
    let port = FIRST;
    while (this.#taken.has(port)) port++;
    if (port > LAST) return undefined;
    const plain = `PVEVNC:${now.toString(16).toUpperCase().padStart(8, '0')}`;
    const ticket = `${plain}::${this.#sign(plain, authid, path, port)}`;
    const proxy: ConsoleProxy = { port, ticket, password: password(), connect: () => idle };
    proxy.connect = connect(proxy);
    this.#taken.add(port);
    this.#waiting.set(port, proxy);
    return proxy;
  }

  /** Whether the ticket, with or without a password before it, is for this user, path and port, and still good. */
  isTicket(ticket: string, authid: string, path: string, port: number, now: number): boolean {
    const bare = /^.{8}:(PVEVNC:.*)$/s.exec(ticket)?.[1] ?? ticket;
    const [, plain, time, signature] = /^(PVEVNC:([0-9A-F]{8}))::([^:\s]+)$/.exec(bare) ?? [];
    if (plain === undefined || time === undefined) return false;
    const age = now - Number.parseInt(time, 16);
    return age > -GRACE && age < LIFETIME && signature === this.#sign(plain, authid, path, port);
  }

  /** The proxy on that port, which then waits for nobody else; undefined where nothing listens. */
  take(port: number): ConsoleProxy | undefined {
    const proxy = this.#waiting.get(port);
    this.#waiting.delete(port);
    return proxy;
  }

  /** Frees the port. */
  close(port: number): void {
    this.#waiting.delete(port);
    this.#taken.delete(port);
  }

  /** As long as a signature by a 2048-bit RSA key. */
  #sign(plain: string, authid: string, path: string, port: number): string {
    const blocks = [0, 1, 2, 3].map((block) =>
      createHmac('sha512', this.#key).update(`${block}:${plain}:${authid}:${path}:${port}`).digest(),
    );
    return Buffer.concat(blocks).toString('base64');
  }
}

const idle: Program = { receive: () => {}, hangUp: () => {} };

/** Eight characters from `!` to a backtick. */
function password(): string {
  return String.fromCharCode(...randomBytes(8).map((byte) => 33 + (byte & 63)));
}
