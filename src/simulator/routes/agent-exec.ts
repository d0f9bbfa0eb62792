import type { Call, Routes } from '../call.ts';
import { agentOf } from './agent-of.ts';
import { no } from './find.ts';

const latin1 = (bytes: string) => Buffer.from(bytes, 'utf8').toString('latin1');

/** `POST …/agent/exec`: a program that is not there comes with quotes that no status line can hold (recorded as 596). */
async function exec(call: Call) {
  const { command = [], 'input-data': input } = call.params;
  const { system } = await agentOf(call);
  if (command.length === 0 && input === undefined) throw no('command or input-data (or both) required');
  const pid = system.start(command, input ?? '', call.world.now());
  if (pid !== undefined) return { pid };
  const why = `Failed to execute child process “${command[0]}” (No such file or directory)`;
  throw no(`Agent error: Guest agent command failed, error was ‘${why}’`);
}

/** `GET …/agent/exec-status`: its end is told once. The text has a format letter too much (recorded on PVE 9.2). */
async function status(call: Call) {
  const { system } = await agentOf(call);
  const process = system.take(call.params.pid, call.world.now());
  if (process === undefined) throw no('Agent error: PID ld does not exist');
  if (process === 'running') return { exited: 0 };
  const { exitcode, out, err } = process;
  return { exited: 1, exitcode, ...(out && { 'out-data': out }), ...(err && { 'err-data': err }) };
}

/** `GET …/agent/file-read` */
async function readFile(call: Call) {
  const { file, offset = 0, count = 16 * 1024 ** 2, decode = 1 } = call.params;
  const { system } = await agentOf(call);
  const content = system.files.get(file);
  if (content === undefined)
    throw no(`Agent error: failed to open file '${file}' (mode: 'r'): No such file or directory`);
  const bytes = Buffer.from(content, 'utf8');
  const part = bytes.subarray(offset, offset + count);
  return {
    // Decoded bytes are no characters to Perl: each becomes one of its own.
    content: decode ? latin1(part.toString('utf8')) : `${part.toString('base64')}\n`,
    'bytes-read': part.length,
    ...(offset + count < bytes.length && { truncated: 1 }),
  };
}

async function writeFile(call: Call): Promise<null> {
  const { file, content, encode = 1 } = call.params;
  const { system } = await agentOf(call);
  if (!file.startsWith('/') || file.endsWith('/'))
    throw no(`Agent error: failed to open file '${file}' (mode: 'wb'): No such file or directory`);
  system.files.set(file, encode ? content : Buffer.from(content, 'base64').toString('utf8'));
  return null;
}

/** The system sets it with `chpasswd`; one that has none says so (recorded on PVE 9.2). */
async function setPassword(call: Call) {
  const { system } = await agentOf(call);
  if (system.has('chpasswd')) return { result: {} };
  const why = "failed to exec 'chpasswd': No such file or directory";
  throw no(`Agent error: child process has failed to set user password: ${why}\n\n`);
}

const base = '/nodes/{node}/qemu/{vmid}/agent';

/** What the agent does inside the VM: programs, files, passwords. */
export const agentExecRoutes: Routes = {
  [`POST ${base}/exec`]: exec,
  [`GET ${base}/exec-status`]: status,
  [`GET ${base}/file-read`]: readFile,
  [`POST ${base}/file-write`]: writeFile,
  [`POST ${base}/set-user-password`]: setPassword,
};
