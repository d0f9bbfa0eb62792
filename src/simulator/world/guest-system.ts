/** What a program inside a guest came to. */
export interface Finished {
  exitcode: number;
  out: string;
  err: string;
}

interface Process extends Finished {
  /** Milliseconds since 1970. */
  endsAt: number;
}

/** The facts that a few small programs print. */
export interface SystemFacts {
  hostname: string;
  osinfo: Record<string, string>;
  /** Programs that other systems have and this one has not. */
  lacks: readonly string[];
}

/** The system inside a VM as its agent reaches it: some files, and a few programs of every Linux. */
export class GuestSystem {
  readonly files: Map<string, string>;
  frozen = false;
  readonly #facts: SystemFacts;
  readonly #processes = new Map<number, Process>();
  #pid = 160;

  constructor(facts: SystemFacts) {
    const { hostname, osinfo } = facts;
    this.#facts = facts;
    const release = ['id', 'name', 'pretty-name', 'version', 'version-id']
      .filter((key) => osinfo[key] !== undefined)
      .map((key) => `${key.replace('-', '_').toUpperCase()}="${osinfo[key]}"\n`);
    this.files = new Map([
      ['/etc/hostname', `${hostname}\n`],
      ['/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${hostname}\n`],
      ['/etc/os-release', release.join('')],
    ]);
  }

  has(program: string): boolean {
    const name = program.startsWith('/') ? program.slice(program.lastIndexOf('/') + 1) : program;
    const folder = program.slice(0, program.length - name.length);
    if (folder !== '' && !/^\/(?:usr\/)?s?bin\/$/.test(folder)) return false;
    return (name === 'chpasswd' || name in programs) && !this.#facts.lacks.includes(name);
  }

  /** Starts a program; undefined where there is none of that name. Returns its process id. */
  start(command: readonly string[], input: string, now: number): number | undefined {
    const [program = '', ...args] = command;
    if (!this.has(program)) return undefined;
    const run = programs[program.slice(program.lastIndexOf('/') + 1)];
    const finished = run?.(args, { input, files: this.files, facts: this.#facts }) ?? done('');
    const seconds = program.endsWith('sleep') ? Number(args[0]) || 0 : 0;
    this.#pid += 6;
    this.#processes.set(this.#pid, { ...finished, endsAt: now + seconds * 1000 });
    return this.#pid;
  }

  /** How a process is; once its end has been told, nobody knows it any more. */
  take(pid: number, now: number): Finished | 'running' | undefined {
    const found = this.#processes.get(pid);
    if (!found) return undefined;
    if (found.endsAt > now) return 'running';
    this.#processes.delete(pid);
    return found;
  }
}

interface Run {
  input: string;
  files: ReadonlyMap<string, string>;
  facts: SystemFacts;
}

const done = (out: string): Finished => ({ exitcode: 0, out, err: '' });
const failed = (err: string): Finished => ({ exitcode: 1, out: '', err: `${err}\n` });

/** What stands between the commands of a line, and whether the next one runs. */
const runsAfter: Record<string, (exitcode: number) => boolean> = {
  ';': () => true,
  '&&': (exitcode) => exitcode === 0,
  '||': (exitcode) => exitcode !== 0,
};

/** A shell for lines of simple commands; what it has no part of, a pipe or a redirection, it refuses. */
function shell(text: string, run: Run): Finished {
  if (/[|<>`$(){}*?&]/.test(text.replaceAll(/&&|\|\|/g, '').replaceAll(/'[^']*'|"[^"]*"/g, '')))
    return { exitcode: 2, out: '', err: 'sh: 1: this simulated shell has simple commands only\n' };
  const all = { exitcode: 0, out: '', err: '' };
  let how = ';';
  for (const part of text.split(/(;|&&|\|\|)/)) {
    if (part in runsAfter) how = part;
    else if (part.trim() !== '' && runsAfter[how]?.(all.exitcode)) {
      const words = (part.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) =>
        word.replaceAll(/^(['"])(.*)\1$/g, '$2'),
      );
      const [name = '', ...args] = words;
      const program = programs[name.slice(name.lastIndexOf('/') + 1)];
      const { exitcode, out, err } = program?.(args, run) ?? {
        exitcode: 127,
        out: '',
        err: `sh: 1: ${name}: not found\n`,
      };
      Object.assign(all, { exitcode, out: all.out + out, err: all.err + err });
    }
  }
  return all;
}

const programs: Record<string, (args: string[], run: Run) => Finished> = {
  sh: ([option, text = ''], run) =>
    option === '-c' ? shell(text, run) : failed('sh: 0: this simulated shell takes -c alone'),
  df: () =>
    done(
      'Filesystem     1K-blocks    Used Available Use% Mounted on\n/dev/sda1       32894736 9871204  21327248  32% /\n',
    ),
  uptime: () => done(' 16:30:00 up 12 days,  3:04,  0 users,  load average: 0.18, 0.22, 0.20\n'),
  true: () => done(''),
  false: () => ({ exitcode: 1, out: '', err: '' }),
  sleep: () => done(''),
  echo: (args) => done(`${args.join(' ')}\n`),
  hostname: (_args, { facts }) => done(`${facts.hostname}\n`),
  id: () => done('uid=0(root) gid=0(root) groups=0(root)\n'),
  whoami: () => done('root\n'),
  cat(args, { input, files }) {
    if (args.length === 0) return done(input);
    const missing = args.find((path) => !files.has(path));
    if (missing !== undefined) return failed(`cat: can't open '${missing}': No such file or directory`);
    return done(args.map((path) => files.get(path)).join(''));
  },
  uname(args, { facts }) {
    const { osinfo, hostname } = facts;
    if (args.includes('-r')) return done(`${osinfo['kernel-release']}\n`);
    if (!args.includes('-a')) return done('Linux\n');
    return done(
      `Linux ${hostname} ${osinfo['kernel-release']} ${osinfo['kernel-version']} x86_64 GNU/Linux\n`,
    );
  },
};
