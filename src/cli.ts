import { readFileSync, statSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { createLog, type Log } from './cli/logger.ts';
import { serveOnHttp, serveOnStdio } from './cli/serve.ts';
import type { Terminal } from './cli/terminal.ts';
import { version } from './cli/version.ts';
import { flags, settingOptions } from './config/flags.ts';
import { openFiles } from './config/open-files.ts';
import { parseConfig } from './config/parse.ts';
import type { Sources } from './config/read-setting.ts';
import { Failure } from './failure.ts';

/** Exit codes: 78 is EX_CONFIG of sysexits.h, for wrong settings and arguments. */
const EXIT_FAILED = 1;
const EXIT_CONFIG = 78;

/** The program. The only reader of `process`: it hands out arguments, environment and streams, and sets the exit code. */
export async function main(): Promise<void> {
  try {
    await run(process.argv.slice(2));
    await written(process.stdout);
    process.exit(process.exitCode ?? 0);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(error instanceof Failure && error.code === 'config' ? EXIT_CONFIG : EXIT_FAILED);
  }
}

async function run(given: string[]): Promise<void> {
  const args = asFlag(given);
  const terminal: Terminal = { write: (text) => process.stdout.write(text), stopSignal: stopSignal() };
  if (args[0] === 'simulate') return (await import('./cli/simulate.ts')).simulate(args.slice(1), terminal);
  if (args[0] === 'audit') {
    // `audit | head` has seen enough.
    process.stdout.once('error', () => process.exit());
    return (await import('./cli/audit.ts')).audit(args.slice(1), terminal, environment);
  }
  if (args[0] === 'approve') {
    const [{ approve }, { personAt }] = await Promise.all([
      import('./cli/approve.ts'),
      import('./cli/person.ts'),
    ]);
    return approve(args.slice(1), personAt(process.stdin, process.stdout, terminal.stopSignal), environment);
  }
  if (args[0] === 'init') {
    const [{ init }, { personAt }, { coloursFor }, { ownCommand }] = await Promise.all([
      import('./cli/init/init.ts'),
      import('./cli/person.ts'),
      import('./cli/colour.ts'),
      import('./cli/own-command.ts'),
    ]);
    // JSON has stdout to itself.
    const shown = args.includes('--json') ? process.stderr : process.stdout;
    const person = personAt(process.stdin, shown, terminal.stopSignal);
    const colours = coloursFor(shown.isTTY === true, process.env);
    const own = ownCommand(process.argv[1] ?? '');
    const { write, stopSignal } = terminal;
    return init(args.slice(1), { person, write, env: process.env, colours, own, stopSignal });
  }
  if (args[0] === 'doctor') {
    const [{ doctor }, { coloursFor }] = await Promise.all([
      import('./cli/doctor/doctor.ts'),
      import('./cli/colour.ts'),
    ]);
    const colours = coloursFor(process.stdout.isTTY === true, process.env);
    process.exitCode = await doctor(args.slice(1), { write: terminal.write, environment, colours });
    return;
  }
  if (args[0] === 'demo') return (await import('./cli/demo.ts')).demo(args.slice(1), terminal);

  const values = await parseFlags(args);
  if (values.help === true) {
    const { helpText } = await import('./cli/help.ts');
    return terminal.write(helpText(process.stdout.columns));
  }
  if (values.version === true) return terminal.write(`${version}\n`);
  const sources = { ...environment(values['env-file']), flags: flags(values) };
  if (process.stdin.isTTY && isNothingSet(sources)) throw await nothingSet();
  const config = parseConfig(sources);
  const telemetry = Object.keys(sources.env).some((name) => name.startsWith('OTEL_'))
    ? (await import('./config/telemetry.ts')).parseTelemetry(sources)
    : undefined;
  const log = createLog(config.logLevel, process.stderr.isTTY === true);
  warnOfOpenFiles(sources.env, values['env-file'], log);
  const serving =
    config.transport === 'http'
      ? await serveOnHttp(config, log, telemetry)
      : serveOnStdio(config, log, { input: process.stdin, output: process.stdout, telemetry });
  if (config.transport === 'stdio' && process.stdin.isTTY)
    process.stderr.write((await import('./cli/next-steps.ts')).waitsForClient);
  await Promise.race([serving.ended, terminal.stopSignal]);
  await serving.stop();
  await log.flush();
}

/** `proxmox-mcp help` and `proxmox-mcp version` are what people try first. */
function asFlag(args: string[]): string[] {
  return args.length === 1 && (args[0] === 'help' || args[0] === 'version') ? [`--${args[0]}`] : args;
}

/** Whether somebody has only typed the name of the program. */
function isNothingSet({ env, flags }: Sources): boolean {
  return Object.keys(flags).length === 0 && !Object.keys(env).some((name) => /^(PROXMOX|MCP)_/.test(name));
}

async function nothingSet(): Promise<Failure> {
  const [{ nextSteps }, { ownCommand }, { isThere, usualFile }] = await Promise.all([
    import('./cli/next-steps.ts'),
    import('./cli/own-command.ts'),
    import('./cli/init/settings-file.ts'),
  ]);
  const file = usualFile(process.env);
  const known = file !== undefined && (await isThere(file)) ? file : undefined;
  const [first = '', ...rest] = nextSteps(ownCommand(process.argv[1] ?? '').join(' '), known).split('\n');
  return new Failure('config', first, rest.join('\n'));
}

async function parseFlags(args: string[]): Promise<Record<string, unknown>> {
  try {
    const options = {
      ...settingOptions,
      'env-file': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    } as const;
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    throw (await import('./cli/wrong-arguments.ts')).wrongArguments(error as Error, args);
  }
}

/** The process's environment, which wins over the file that `--env-file` names. */
function environment(envFile: unknown): Omit<Sources, 'flags'> {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  if (typeof envFile !== 'string') return { env: process.env, readFile };
  let text: string;
  try {
    text = readFile(envFile);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new Failure(
      'config',
      `--env-file: cannot read ${envFile} (${why}).`,
      'Give the path of a file with NAME=value lines.',
    );
  }
  // An empty variable is one that is not set: it must not hide the file's.
  const set = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  return { env: { ...parseEnv(text), ...set }, readFile };
}

function warnOfOpenFiles(env: Sources['env'], envFile: unknown, log: Log): void {
  const stat = (file: string) => statSync(file, { throwIfNoEntry: false });
  const uid = process.getuid?.();
  for (const { file, fix } of openFiles(env, typeof envFile === 'string' ? envFile : undefined, uid, stat))
    log.warn({ file, fix }, `others can read the secrets in ${file}: ${fix}`);
}

/** Resolves when a slow reader has taken what was written for it, or after the 10 seconds that a stop may take. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 10_000).unref();
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      // A second signal ends the process at once, as people expect of Ctrl-C.
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
      resolve();
    };
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
  });
}

function explain(error: unknown): string {
  if (!(error instanceof Failure))
    return `proxmox-mcp failed: ${error instanceof Error ? error.message : String(error)}`;
  return `${error.message}\n${error.hint}`;
}
