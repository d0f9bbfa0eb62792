import type { Line } from './console-proxies.ts';
import type { Terminal } from './terminal-proxy.ts';

export interface ShellOptions {
  /** What it writes before anything is typed, piece by piece. */
  greeting?: readonly string[];
  /** Whether it waits for a key before it shows itself, as a serial terminal does. */
  waits?: boolean;
  host: string;
  /** Whether it asks who is there; nobody is let in. */
  login?: boolean;
}

/**
 * What is simulated of a machine's terminal: a prompt, an echo, `hostname`, `stty size` and `exit`. Anything else is a
 * command that is not there.
 */
export function shell(
  line: Line,
  { greeting = [], waits = false, host, login = false }: ShellOptions,
): Terminal {
  const prompt = login ? `${host} login: ` : `root@${host}:~# `;
  let [columns, rows] = [80, 20];
  let typed = '';
  let asks: 'name' | 'password' = 'name';
  let over = false;
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const flush = () => {
    if (output !== '') line.send(Buffer.from(output));
    output = '';
    if (over) line.end();
  };
  const leave = (text: string) => {
    over = true;
    write(text);
  };

  function run(command: string): void {
    write('\r\n');
    if (command === 'exit' || command === 'logout') {
      leave('logout\r\n');
      return;
    }
    if (command === 'hostname') write(`${host}\r\n`);
    else if (command === 'stty size') write(`${rows} ${columns}\r\n`);
    else if (command !== '') write(`-bash: ${command.split(/\s/, 1)[0]}: command not found\r\n`);
    write(prompt);
  }

  function logIn(name: string): void {
    write('\r\n');
    if (asks === 'name' && name !== '') {
      asks = 'password';
      write('Password: ');
      return;
    }
    write(asks === 'password' ? `\r\nLogin incorrect\r\n${prompt}` : prompt);
    asks = 'name';
  }

  function key(char: string): void {
    if (char === '\r' || char === '\n') {
      const command = typed.trim();
      typed = '';
      if (login) logIn(command);
      else run(command);
    } else if (char === '\x7f' || char === '\b') {
      if (typed !== '') write('\b \b');
      typed = typed.slice(0, -1);
    } else if (char === '\x03') {
      typed = '';
      write(`^C\r\n${prompt}`);
    } else if (char === '\x04' && typed === '' && !login) leave('logout\r\n');
    else if (char >= ' ') {
      typed += char;
      if (asks === 'name') write(char);
    }
  }

  for (const text of greeting) line.send(Buffer.from(text));
  if (!waits) write(prompt);
  flush();
  return {
    receive(bytes) {
      if (over) return;
      for (const char of bytes.toString()) if (!over) key(char);
      flush();
    },
    resize(newColumns, newRows) {
      columns = newColumns;
      rows = newRows;
    },
    hangUp() {
      over = true;
    },
  };
}
