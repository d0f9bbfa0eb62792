import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { onTestFinished } from 'vitest';
import { coloursFor } from '../../src/cli/colour.ts';
import { init } from '../../src/cli/init/init.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { run } from '../program.ts';

/** A cluster over HTTPS, a home folder, and somebody who sets things up. */
export async function town(options: SimulatorOptions = {}) {
  const simulator = createSimulator({ seed: 'demo', ...options });
  const listening = await simulator.listen();
  onTestFinished(() => listening.close());
  const home = mkdtempSync(join(tmpdir(), 'init-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const file = join(home, '.config/proxmox-mcp/proxmox.env');
  const password = simulator.logins['root@pam'] ?? '';
  const sure = ['--url', listening.url, '--fingerprint', listening.fingerprint, '--yes'];
  return {
    simulator,
    listening,
    home,
    file,
    password,
    /** The flags with which nobody need be asked. */
    sure,
    settings: () => parseEnv(readFileSync(file, 'utf8')),
    mode: () => statSync(file).mode & 0o777,
    /** The program, with the password on stdin. */
    program: (args: string[], input = `${password}\n`, env: Record<string, string> = {}) =>
      run(['init', ...args], { env: { HOME: home, ...env }, input }),
    /** The same within this process, at a terminal: `typed` answers the questions in turn; Ctrl-C when that is shown. */
    person: (args: string[], typed: readonly string[], stopsAt?: string) =>
      atTerminal(args, typed, { HOME: home }, stopsAt),
  };
}

async function atTerminal(
  args: string[],
  typed: readonly string[],
  env: Record<string, string>,
  stopsAt?: string,
) {
  const answers = [...typed];
  const seen = { shown: '', questions: [] as string[], error: undefined as unknown };
  let stop = () => {};
  const stopSignal = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const write = (text: string) => {
    seen.shown += text;
    if (stopsAt !== undefined && seen.shown.includes(stopsAt)) stop();
  };
  const ask = async (question: string) => {
    write(`${question}\n`);
    seen.questions.push(question);
    return answers.shift() ?? '';
  };
  const person = { isAtTerminal: true, write, ask, secret: ask };
  const own = ['npx', '-y', 'proxmox-mcp'];
  const place = { person, write, env, colours: coloursFor(false, {}), own, stopSignal };
  await init(args, place).catch((error: unknown) => {
    seen.error = error;
  });
  return seen;
}

/** Everything about who may do what, to compare before and after. */
export function accessOf({ world }: Simulator) {
  const { users, roles, acl } = world.access;
  return {
    users: [...users.keys()].toSorted(),
    tokens: [...users.values()].flatMap(({ userid, tokens }) =>
      [...tokens.keys()].map((id) => `${userid}!${id}`),
    ),
    roles: Object.fromEntries(roles),
    acl: acl.entries(),
  };
}
