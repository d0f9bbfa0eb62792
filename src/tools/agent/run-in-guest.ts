import * as z from 'zod';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { MAX_INPUT, type Ran } from '../../pve/agent.ts';
import type { Guest } from '../../pve/guests.ts';
import { row, text } from '../../pve/read.ts';
import { duration } from '../../render/units.ts';
import { cap, clean, fence, line } from '../../render/untrusted.ts';
import { guest, wholeNumber, words } from '../arguments.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { agentGuest } from './agent-guest.ts';

/** How much of each output is shown unless more is asked for, in characters. */
const SHOWN = 4_000;

/** One line for the guest's own shell. A program and its arguments, which need none, are a list, also as JSON text. */
const command = z.preprocess(
  (value) => (Array.isArray(value) ? JSON.stringify(value) : value),
  z.string({ error: 'command must be a line for the shell, or a list: program, argument, …' }).trim().min(1),
);

export const runInGuest = defineTool({
  name: 'run_in_guest',
  title: 'Run a command in a VM',
  toolset: 'agent',
  effect: 'danger',
  needs: ['POST /nodes/*/qemu/*/agent/exec'],
  description: 'Run a command inside a VM through the QEMU guest agent: stdout, stderr, exit code.',
  input: z.strictObject({
    guest: guest(),
    command: command.describe('for its shell (sh, PowerShell); or ["program","argument"]'),
    input: words('input').optional().describe('stdin'),
    timeout: wholeNumber('timeout', 1, 50).default(30).describe('s'),
    max_output: wholeNumber('max_output', 100, 40_000).default(SHOWN),
  }),
  output: z.object({
    vmid: z.number(),
    pid: z.number(),
    exitcode: z.number().optional(),
    signal: z.number().optional(),
    running: z.boolean().optional(),
    out: z.string(),
    err: z.string(),
    cut: z.boolean().optional(),
  }),
  example: { guest: '100', command: 'uname -a' },
  async run({ guest, command, input, timeout, max_output: max }, context) {
    if (input !== undefined && Buffer.byteLength(input) > MAX_INPUT)
      throw new Failure(
        'invalid_argument',
        'input is over 64 KiB, which the agent does not take.',
        'Write a file with guest_files.',
      );
    const found = await agentGuest(guest, context);
    const words = asList(command) ?? [...(await shellOf(found, context)), command];
    const ran = await context.pve.agent.run(found, words, {
      ...(input !== undefined && { input }),
      timeoutMs: timeout * 1000,
      signal: context.signal,
    });
    const [out, err] = [lastOf(clean(ran.out), max), lastOf(clean(ran.err), max)];
    const cut = out.cut || err.cut || ran.truncated === true;
    return {
      text: [
        headline(found, ran, timeout),
        out.text !== '' && fence(`stdout of ${found.vmid}`, out.text),
        err.text !== '' && fence(`stderr of ${found.vmid}`, err.text),
        ran.running !== true && out.text === '' && err.text === '' && 'It wrote nothing.',
        cut && 'The beginning was cut: raise max_output, or write to a file and read it with guest_files.',
      ]
        .filter(Boolean)
        .join('\n'),
      data: {
        ...{ vmid: found.vmid, pid: ran.pid, out: out.text, err: err.text },
        ...(ran.exitcode !== undefined && { exitcode: ran.exitcode }),
        ...(ran.signal !== undefined && { signal: ran.signal }),
        ...(ran.running && { running: true }),
        ...(cut && { cut }),
      },
    };
  },
});

function asList(command: string): string[] | undefined {
  if (!command.startsWith('["')) return undefined;
  try {
    return (JSON.parse(command) as unknown[]).map(String);
  } catch {
    return undefined;
  }
}

/** What takes a line of commands there. A guest whose kind is not known has a shell like most. */
async function shellOf({ node, vmid }: Guest, { pve, signal }: ToolContext): Promise<string[]> {
  const config = await pve.api
    .get<unknown>(path`/nodes/${node}/qemu/${vmid}/config`, {}, { signal })
    .catch(() => undefined);
  const windows = /^(?:w|win)/.test(text(row(config).ostype) ?? '');
  return windows ? ['powershell.exe', '-NoProfile', '-NonInteractive', '-Command'] : ['/bin/sh', '-c'];
}

function headline({ vmid, name, node }: Guest, ran: Ran, timeout: number): string {
  const who = `${vmid}${name ? ` ${name}` : ''}`;
  if (ran.running)
    return line(
      `${who}: STILL RUNNING after ${duration(timeout)} as PID ${ran.pid}; the agent can't stop it. Its end is told once, by GET /nodes/${node}/qemu/${vmid}/agent/exec-status?pid=${ran.pid}. Do not run it again before.`,
      600,
    );
  if (ran.signal !== undefined) return line(`${who}: ended by signal ${ran.signal}`);
  return line(`${who}: exit code ${ran.exitcode ?? 'unknown'}`);
}

/** The end of it, which tells most. */
function lastOf(output: string, max: number): { text: string; cut: boolean } {
  const whole = output.trimEnd();
  if (whole.length <= max) return { text: whole, cut: false };
  const end = whole.slice(-max);
  return { text: `…${cap(end.slice(end.indexOf('\n') + 1 || 0), max)}`, cut: true };
}
