import { parseArgs } from 'node:util';
import { realClock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { type Fault, parseFault } from '../simulator/faults.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../simulator/simulator.ts';
import { cannotListen } from './cannot-listen.ts';
import type { Terminal } from './terminal.ts';

/** Whose logins are printed: the administrator's, and the token with every privilege. */
const USER = 'root@pam';
const TOKEN_ID = { demo: 'root@pam!full', tiny: 'root@pam!full', lab: 'root@pam!lab' };

const USAGE = `proxmox-mcp simulate    the simulated cluster alone, over HTTPS, until Ctrl-C

  --port …          default: a free one
  --host …          default: 127.0.0.1
  --seed …          which cluster: demo, tiny or lab; default: demo
  --scale …         a made-up cluster of so many guests, instead of a seed
  --fault NAME[=…]  what goes wrong, as often as wanted: docs/simulator.md

Its first line is JSON: url, fingerprint, and the logins there are.
`;
const HELP = 'proxmox-mcp simulate --help shows every flag.';

/**
 * `proxmox-mcp simulate`: serves the simulated cluster over HTTPS until it is told to stop. One JSON line on stdout says
 * that it is ready and how to log in.
 */
export async function simulate(args: string[], terminal: Terminal): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return terminal.write(USAGE);
  const options = parse(args);
  const simulator = cluster({ ...options, clock: realClock, random: true });
  const { host, port } = options;
  const { url, fingerprint, close } = await simulator.listen({ host, port }).catch((error) => {
    throw cannotListen(host, port, error);
  });
  const tokenId = options.scale === undefined ? TOKEN_ID[options.seed] : TOKEN_ID.demo;
  const ready = {
    url,
    fingerprint,
    user: USER,
    password: simulator.logins[USER],
    tokenId,
    tokenSecret: simulator.logins[tokenId],
    // Everybody else's, to see what a login with less than all rights meets.
    logins: simulator.logins,
  };
  terminal.write(`${JSON.stringify(ready)}\n`);
  await terminal.stopSignal;
  await close();
}

/** A fault that no such cluster can have is a mistake of whoever asked for it. */
function cluster(options: SimulatorOptions): Simulator {
  try {
    return createSimulator(options);
  } catch (error) {
    throw new Failure('config', (error as Error).message, 'Correct --fault.');
  }
}

interface SimulateOptions {
  host: string;
  port: number;
  seed: keyof typeof TOKEN_ID;
  scale?: number;
  faults: Fault[];
}

function parse(args: string[]): SimulateOptions {
  const bad = (message: string) => new Failure('config', message, HELP);
  const option = { type: 'string' } as const;
  const fault = { type: 'string', multiple: true } as const;
  let values: Partial<Record<'host' | 'port' | 'seed' | 'scale', string>>;
  let faults: Fault[];
  try {
    const options = { host: option, port: option, seed: option, scale: option, fault };
    const { fault: texts = [], ...others } = parseArgs({ args, options }).values;
    values = others;
    faults = texts.map(readFault);
  } catch (error) {
    throw bad((error as Error).message);
  }
  if (values.seed !== undefined && values.scale !== undefined)
    throw bad('--seed and --scale are two clusters: choose one.');
  const { host = '127.0.0.1', port = '0', seed = 'demo', scale } = values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw bad('--port must be a number from 0 to 65535.');
  if (seed !== 'demo' && seed !== 'tiny' && seed !== 'lab') throw bad('--seed must be demo, tiny or lab.');
  if (scale !== undefined && !/^[1-9]\d{0,5}$/.test(scale))
    throw bad('--scale must be a number from 1 to 999999.');
  return { host, port: Number(port), seed, faults, ...(scale !== undefined && { scale: Number(scale) }) };
}

/** Says which flag was wrong, too. */
function readFault(text: string): Fault {
  try {
    return parseFault(text);
  } catch (error) {
    throw new Error(`--fault: ${(error as Error).message}`);
  }
}
