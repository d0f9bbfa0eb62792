import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import type { Guest } from './guests.ts';
import { flag, number, row, text } from './read.ts';

/** What a program inside a VM came to, or that it still runs. */
export interface Ran {
  pid: number;
  /** Absent while it runs, and where a signal ended it. */
  exitcode?: number;
  signal?: number;
  running?: true;
  out: string;
  err: string;
  /** QEMU's agent keeps 16 MiB of each and says where it dropped some. */
  truncated?: true;
}

/** A file inside a VM. */
export interface GuestFile {
  /** As it is, byte by byte. */
  bytes: Uint8Array;
  /** Whether it has more than was read. */
  truncated: boolean;
}

/** At most so many bytes go in, each way (facts of QEMU's agent and of PVE's schema). */
export const MAX_INPUT = 64 * 1024;
export const MAX_WRITTEN = 60 * 1024;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** What the QEMU guest agent does inside a VM. Containers have none. */
export class Agent {
  readonly #api: Api;
  readonly #clock: Clock;

  constructor(api: Api, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /**
   * Runs a program and waits for its end, at most `timeoutMs`. The program is not a shell: each word is one argument. What
   * still runs then goes on: the agent can't stop it.
   *
   * @throws Failure `not_found` for a program that is not there, and what the agent says otherwise
   */
  async run(
    { node, vmid }: Pick<Guest, 'node' | 'vmid'>,
    command: readonly string[],
    { input, timeoutMs, signal }: { input?: string; timeoutMs: number; signal?: AbortSignal },
  ): Promise<Ran> {
    const call = signal ? { signal } : {};
    const at = path`/nodes/${node}/qemu/${vmid}/agent/exec`;
    const begun = await this.#api
      .post<unknown>(at, { command: [...command], ...(input !== undefined && { 'input-data': input }) }, call)
      .catch((error) => {
        throw withoutProgram(error, command[0] ?? '');
      });
    const pid = number(row(begun).pid);
    if (pid === undefined)
      throw new Failure('bad_answer', 'The agent gave no process id.', 'Look inside the guest.');
    const start = this.#clock.now();
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      // Its end is told once, so nothing may ask for it twice.
      const seen = row(
        await this.#api.get<unknown>(path`/nodes/${node}/qemu/${vmid}/agent/exec-status`, { pid }, call),
      );
      if (flag(seen.exited)) return ended(pid, seen);
      const left = timeoutMs - (this.#clock.now() - start);
      if (left <= 0) return { pid, running: true, out: '', err: '' };
      await this.#clock.sleep(Math.min(pause, left), signal);
    }
  }

  /** Reads a file, from `offset` on, at most `count` bytes (16 MiB). */
  async read(
    { node, vmid }: Pick<Guest, 'node' | 'vmid'>,
    { file, offset = 0, count }: { file: string; offset?: number; count: number },
    options: { signal?: AbortSignal } = {},
  ): Promise<GuestFile> {
    // Decoded by Proxmox, bytes that are no ASCII come as something else.
    const params = { file, count, decode: 0, ...(offset > 0 && { offset }) };
    const found = row(
      await this.#api.get<unknown>(path`/nodes/${node}/qemu/${vmid}/agent/file-read`, params, options),
    );
    return { bytes: Buffer.from(text(found.content) ?? '', 'base64'), truncated: flag(found.truncated) };
  }

  /** Writes a file, over what is there. */
  async write(
    { node, vmid }: Pick<Guest, 'node' | 'vmid'>,
    { file, content }: { file: string; content: string },
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    // Plain text is sent as it is, so that whoever approves or audits it can read it.
    const isPlain = /^[\t\r\n\x20-\x7e]*$/.test(content);
    const params = isPlain
      ? { content }
      : { content: Buffer.from(content, 'utf8').toString('base64'), encode: 0 };
    await this.#api.post(path`/nodes/${node}/qemu/${vmid}/agent/file-write`, { file, ...params }, options);
  }
}

function ended(pid: number, seen: Record<string, unknown>): Ran {
  const [exitcode, signal] = [number(seen.exitcode), number(seen.signal)];
  return {
    pid,
    out: readable(text(seen['out-data']) ?? ''),
    err: readable(text(seen['err-data']) ?? ''),
    ...(exitcode !== undefined && { exitcode }),
    ...(signal !== undefined && { signal }),
    ...((flag(seen['out-truncated']) || flag(seen['err-truncated'])) && { truncated: true }),
  };
}

/** Proxmox decodes output byte by byte: what was UTF-8 comes with each byte as a character of its own. */
function readable(output: string): string {
  if (/[\u0100-\uffff]/.test(output) || !/[\x80-\xff]/.test(output)) return output;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(output, 'latin1'));
  } catch {
    return output;
  }
}

/**
 * A program that is not there: the agent's answer has quotes that Proxmox can't send on, so it comes as a 596 (recorded on
 * PVE 9.2). Nothing ran then.
 */
function withoutProgram(error: unknown, program: string): unknown {
  if (!(error instanceof Failure)) return error;
  const isIt = error.details.status === 596 || /Failed to execute child process/.test(error.message);
  if (!isIt) return error;
  return new Failure(
    'not_found',
    `The agent could not start ${program}, most likely because the guest has no such program.`,
    'Check its name and path. Proxmox garbles this one answer of the agent, so look inside before you run something again that must run once.',
    { ...error.details },
    error,
  );
}
