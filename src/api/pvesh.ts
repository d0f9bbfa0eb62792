import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Failure, type FailureCode, type FailureDetails } from '../failure.ts';
import { type PveshEnd, plainText, pveshAnswer } from './pvesh-answer.ts';
import { pveshArguments, readMarks, remoteCommandLine } from './pvesh-command.ts';
import type { Send, WireRequest } from './wire.ts';

/** How to reach Proxmox's command line for its API. It acts as root@pam, so no token is needed. */
export interface PveshSettings {
  /** `root@pve1`, or a name of `~/.ssh/config`: pvesh runs there, over the system's ssh. Absent: on this machine. */
  ssh?: string;
  /** Further arguments of ssh: `['-p', '2222', '-i', '/home/me/.ssh/proxmox']`. */
  sshOptions?: readonly string[];
  /** How long a read may say nothing, in milliseconds; 30 s where it is not said. */
  timeoutMs?: number;
  /**
   * The same for a change, in milliseconds; an hour where it is not said. A task runs inside pvesh and ends with it, so
   * whoever gives up stops it.
   */
  changeTimeoutMs?: number;
  /** How many run at once, each of which is a process of 100 MB on the node; 4 where it is not said. */
  atOnce?: number;
  /** The programs, where they are not in the PATH. */
  programs?: { pvesh?: string; ssh?: string };
}

const LARGEST_OUTPUT = 64 * 1024 * 1024;
const LARGEST_ERROR = 256 * 1024;
/** How long a process may take to end after it was asked to, in milliseconds. */
const LAST_MS = 1_000;

/**
 * Proxmox VE's `pvesh` as a way onto the wire: for a program that runs on a node as root, or can log in to one over ssh.
 * A task runs to its end before its call is answered. There are no uploads and no consoles this way. Every parameter is an
 * argument of a process, which the node's other users can read while it runs: **a password given to a call is no secret
 * there**. No shell of this machine sees the arguments; the one at the other end of ssh gets each in quotes.
 *
 * @throws Failure `config` for an ssh host that can be none
 */
export function pvesh(settings: PveshSettings = {}): Send {
  const { ssh, atOnce = 4 } = settings;
  if (ssh !== undefined && !/^[^-\s\p{Cc}][^\s\p{Cc}]*$/u.test(ssh)) {
    throw new Failure(
      'config',
      'The ssh host is not understood.',
      'Write it as root@pve1.example.com; options go into sshOptions.',
    );
  }
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (request) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await call(settings, request);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

async function call(settings: PveshSettings, request: WireRequest) {
  if (request.stream !== undefined) {
    throw new Failure(
      'config',
      'pvesh can not upload files.',
      'Copy the file to the node yourself (scp), or connect over HTTPS.',
    );
  }
  const { ssh, sshOptions = [], programs = {} } = settings;
  // In another locale pvesh would not read UTF-8.
  const command = ['env', 'LC_ALL=C.UTF-8', programs.pvesh ?? 'pvesh', ...pveshArguments(request)];
  const argv: readonly [string, ...string[]] =
    ssh === undefined
      ? (command as [string, ...string[]])
      : // Nobody is there to be asked for a password.
        [
          programs.ssh ?? 'ssh',
          '-T',
          '-o',
          'BatchMode=yes',
          ...sshOptions,
          '--',
          ssh,
          remoteCommandLine(command),
        ];
  const end = await new Run(request, settings).of(argv);
  const own = ssh === undefined ? end : ofPvesh(end, ssh, request);
  const where = ssh ?? 'this machine';
  if (own.code === 127 || own.code === 126) throw noPvesh(where, own.stderr);
  if (own.code !== 0 && /^please run as root/m.test(own.stderr)) throw notRoot(where);
  const path = request.path.replace(/^\/api2\/json/, '').replace(/\?.*$/s, '');
  return pveshAnswer(own, { verb: request.method, path });
}

/** One process, from its start to its end. */
class Run {
  readonly #request: WireRequest;
  readonly #timeoutMs: number;
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  #size = 0;
  #errorSize = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: WireRequest, { timeoutMs = 30_000, changeTimeoutMs = 3_600_000 }: PveshSettings) {
    this.#request = request;
    this.#timeoutMs = request.timeoutMs ?? (request.method === 'GET' ? timeoutMs : changeTimeoutMs);
  }

  of([program, ...args]: readonly [string, ...string[]]): Promise<PveshEnd> {
    const { signal } = this.#request;
    if (signal?.aborted) throw this.#gaveUp('cancelled', 'The call was cancelled.', false);
    return new Promise((resolve, reject) => {
      const child = this.#start(program, args);
      const stop = (failure: Failure) => {
        reject(failure);
        end(child);
      };
      const onAbort = () => stop(this.#gaveUp('cancelled', 'The call was cancelled.'));
      const onTimeout = () => stop(this.#gaveUp('timeout', `pvesh said nothing for ${this.#timeoutMs} ms.`));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#timer = setTimeout(onTimeout, this.#timeoutMs);
      child.stdout.on('data', (chunk: Buffer) => {
        this.#timer?.refresh();
        this.#size += chunk.length;
        this.#stdout.push(chunk);
        if (this.#size > LARGEST_OUTPUT)
          stop(this.#gaveUp('bad_answer', 'The answer is larger than 64 MiB.'));
      });
      child.stderr.on('data', (chunk: Buffer) => {
        this.#timer?.refresh();
        if (this.#errorSize < LARGEST_ERROR) this.#stderr.push(chunk);
        this.#errorSize += chunk.length;
      });
      child.on('error', (error) => reject(notStarted(program, error)));
      child.on('close', (code, killed) => {
        clearTimeout(this.#timer);
        signal?.removeEventListener('abort', onAbort);
        if (code === null) return reject(this.#gaveUp('unreachable', `pvesh was ended by ${killed}.`));
        resolve({ code, stdout: text(this.#stdout), stderr: text(this.#stderr) });
      });
    });
  }

  #start(program: string, args: string[]): ChildProcessByStdio<null, Readable, Readable> {
    try {
      return spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      throw notStarted(program, error);
    }
  }

  #gaveUp(code: FailureCode, message: string, started = true): Failure {
    const details: FailureDetails = started && this.#request.method !== 'GET' ? { mayHaveRun: true } : {};
    const hint = details.mayHaveRun
      ? 'The change may have been made, and a task of it was stopped: look at its effect before sending it again.'
      : 'Call again if it is still wanted.';
    return new Failure(code, message, hint, details);
  }
}

/** Asks it to end, which a task within hears too, and makes it end. */
function end(child: ChildProcessByStdio<null, Readable, Readable>): void {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), LAST_MS);
  child.once('exit', () => clearTimeout(timer));
  // What it started may hold them open.
  child.stdout.destroy();
  child.stderr.destroy();
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString();
}

function notStarted(program: string, error: unknown): Failure {
  const { code } = Object(error) as { code?: string };
  if (code === 'E2BIG') {
    return new Failure(
      'invalid_argument',
      'The parameters are too long for a command line.',
      'A value may have about 128 KiB at most; connect over HTTPS for more.',
    );
  }
  return new Failure(
    'config',
    `${program} can't be started (${code ?? 'no reason given'}).`,
    'Install it, or give its path.',
  );
}

function noPvesh(where: string, stderr: string): Failure {
  return new Failure(
    'config',
    `There is no pvesh on ${where}: ${plainText(stderr).trim()}`,
    'pvesh belongs to Proxmox VE: run this on a node, or name one with ssh.',
  );
}

function notRoot(where: string): Failure {
  return new Failure(
    'forbidden',
    `pvesh on ${where} runs as root alone.`,
    'Log in as root, or use an API token over HTTPS.',
  );
}

/** Takes pvesh's own words and exit code out of what came over ssh; ssh itself says 255 and speaks on the same stderr. */
function ofPvesh({ code, stdout, stderr }: PveshEnd, host: string, request: WireRequest): PveshEnd {
  const { began, said, code: own } = readMarks(stderr);
  if (own !== undefined) return { code: own, stdout, stderr: said };
  if (code === 127) return { code, stdout, stderr };
  throw sshFailure(plainText(stderr).trim(), host, began, request.method !== 'GET');
}

const REASONS: readonly [RegExp, FailureCode, string][] = [
  [
    /host key verification failed|remote host identification has changed/i,
    'tls',
    'Compare the host key on the node (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`), then log in once by hand to accept it. If it changed unexpectedly, somebody may be in between.',
  ],
  [
    /permission denied|too many authentication failures|no supported authentication/i,
    'auth',
    'ssh must be able to log in without asking: give a key (sshOptions: ["-i", file]) that is in authorized_keys there.',
  ],
  [
    /timed out|not responding/i,
    'timeout',
    'Check address and port; a firewall that drops packets looks like this.',
  ],
  [
    /could not resolve|connection refused|no route to host|network is unreachable/i,
    'unreachable',
    'Check the name, the port and that sshd runs there.',
  ],
];

/** Why nothing, or only a part, came over ssh. The causes above come before a command is begun. */
function sshFailure(said: string, host: string, began: boolean, write: boolean): Failure {
  const words = said.split('\n').filter((line) => line.trim() !== '');
  const found = began ? undefined : REASONS.find(([pattern]) => pattern.test(said));
  const message = `ssh to ${host} failed: ${words.slice(-3).join(' ') || 'without a word'}`;
  if (found !== undefined) return new Failure(found[1], message, found[2]);
  const hint = 'The connection broke: try it by hand with ssh.';
  if (!write) return new Failure('unreachable', message, hint);
  return new Failure(
    'unreachable',
    message,
    `The change may have been made: look at its effect first. ${hint}`,
    {
      mayHaveRun: true,
    },
  );
}
