import type { Line, Program } from './console-proxies.ts';

/** What termproxy needs of what it runs: a program on a terminal. */
export interface Terminal extends Program {
  resize(columns: number, rows: number): void;
}

export interface TerminalProxyOptions {
  /** Whether the first line, `user:ticket`, is right. */
  isLogin(user: string, ticket: string): boolean;
  /** Starts the program; what it sends goes out as it is. */
  start(line: Line): Terminal;
  /** Hears the end: an error text, or nothing. */
  ended(error?: string): void;
}

/** The longest first line. */
const LONGEST = 64 * 1024;

/**
 * Proxmox's termproxy (PVE 9.2): the first line is `user:ticket` and is answered `OK`; then it reads `0:LENGTH:DATA` and
 * `1:COLUMNS:ROWS:`, and skips everything else, a `2` for a sign of life too. What the program writes is sent as it is.
 */
export function terminalProxy(line: Line, { isLogin, start, ended }: TerminalProxyOptions): Program {
  let buffer: Buffer = Buffer.alloc(0);
  let terminal: Terminal | undefined;
  /** Bytes of a data message that are still to come. */
  let remaining = 0;

  const finish = (error?: string) => {
    ended(error);
    line.end();
  };

  function logIn(): boolean {
    const end = buffer.indexOf('\n');
    if (end < 0) {
      if (buffer.length > LONGEST) finish('failed reading ticket: authentication data is incomplete');
      return false;
    }
    const first = buffer.toString('latin1', 0, end);
    buffer = buffer.subarray(end + 1);
    const colon = first.indexOf(':');
    if (colon < 0 || !isLogin(first.slice(0, colon), first.slice(colon + 1))) {
      finish('invalid authentication - 401 Unauthorized');
      return false;
    }
    line.send(Buffer.from('OK'));
    terminal = start({ send: line.send, end: () => finish() });
    return true;
  }

  const consume = (bytes: number) => {
    buffer = buffer.subarray(bytes);
  };

  /** One message or a part of one; false where more has to come first. */
  function step(to: Terminal): boolean {
    if (remaining > 0) {
      const data = buffer.subarray(0, remaining);
      remaining -= data.length;
      consume(data.length);
      to.receive(data);
      return true;
    }
    const head = buffer.toString('latin1', 0, 40);
    const data = /^0:(\d+):/.exec(head);
    const size = /^1:(\d+):(\d+):/.exec(head);
    if (data) remaining = Number(data[1]);
    else if (size) to.resize(Number(size[1]), Number(size[2]));
    // The beginning of a message waits for its rest; anything else is skipped, byte by byte.
    else if (/^(?:0(?::\d*)?|1(?::\d*){0,2})$/.test(head)) return false;
    consume((data ?? size)?.[0].length ?? 1);
    return true;
  }

  return {
    receive(bytes) {
      buffer = buffer.length === 0 ? bytes : Buffer.concat([buffer, bytes]);
      if (terminal === undefined && !logIn()) return;
      while (terminal !== undefined && buffer.length > 0 && step(terminal));
    },
    hangUp() {
      terminal?.hangUp();
      ended(
        terminal === undefined ? 'failed reading ticket: connection closed before authentication' : undefined,
      );
    },
  };
}
