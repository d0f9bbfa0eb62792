import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  Client,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { realClock } from '../clock.ts';
import { type Config, parseConfig } from '../config/parse.ts';
import { Failure } from '../failure.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { approve } from './approve.ts';
import { clientSettings } from './client-settings.ts';
import { createLog } from './logger.ts';
import { serveOnHttp } from './serve.ts';
import type { Terminal } from './terminal.ts';
import { firstVisit, type Step, secondVisit } from './tour.ts';
import { version } from './version.ts';

/** Holds every privilege in the simulated cluster. */
const TOKEN_ID = 'root@pam!full';
const FIRST_PORT = 8000;
const PORTS_TO_TRY = 50;

const CLIENT = { name: 'proxmox-mcp-demo', version };

/** How many lines of an answer are shown: the second visit sees much of what the first one saw. */
const WHOLE = 60;
const BRIEF = 12;

const USAGE = `proxmox-mcp demo           a guided tour on a simulated cluster; the server then stays up until Ctrl-C
proxmox-mcp demo --once    ends after the tour
`;

/**
 * `proxmox-mcp demo`: a simulated cluster over HTTPS, this server in front of it, and a real MCP client that works them,
 * over SSE and then over Streamable HTTP. Stays up afterwards unless `--once` is given. Throws when a step failed.
 */
export async function demo(args: string[], terminal: Terminal): Promise<void> {
  const { once, help } = parse(args);
  if (help) return terminal.write(USAGE);
  const say = (text: string) => terminal.write(`${text}\n`);
  const simulator = createSimulator({ seed: 'demo', clock: realClock });
  const cluster = await simulator.listen({ host: '127.0.0.1', port: 0 });
  // A ledger and plans of its own: what happens to a simulated cluster has no place among real changes.
  const stateDir = await mkdtemp(join(tmpdir(), 'proxmox-mcp-demo-'));
  const serving = await serveOnFreePort(
    parseConfig({
      env: {
        PROXMOX_URL: cluster.url,
        PROXMOX_TOKEN_ID: TOKEN_ID,
        PROXMOX_PASSWORD: simulator.logins[TOKEN_ID],
        PROXMOX_FINGERPRINT: cluster.fingerprint,
        MCP_TRANSPORT: 'http',
        MCP_STATE_DIR: stateDir,
        LOG_LEVEL: 'warn',
      },
      flags: {},
      readFile: () => '',
    }),
  );
  const { url } = serving;
  say(`A simulated Proxmox cluster listens on ${cluster.url}, and proxmox-mcp ${version} on ${url}.`);

  let failed = 0;
  try {
    const sse = new SSEClientTransport(new URL(`${url}/sse`));
    failed += await visit('SSE', askingClient(say), sse, firstVisit(), WHOLE, say);
    const streamable = new StreamableHTTPClientTransport(new URL(`${url}/mcp`));
    const steps = secondVisit((id) => approveAtTheMachine(id, stateDir));
    failed += await visit('Streamable HTTP', new Client(CLIENT), streamable, steps, BRIEF, say);
    say(failed === 0 ? '\nEvery step worked.' : `\n${failed} steps failed.`);
    if (!once && failed === 0) {
      say(`\n${clientSettings(url)}\n\nBoth stay up until you press Ctrl-C.`);
      await terminal.stopSignal;
    }
  } finally {
    await serving.stop();
    await cluster.close();
    await rm(stateDir, { recursive: true, force: true });
  }
  if (failed > 0)
    throw new Failure('internal', `${failed} steps of the demo failed.`, 'The transcript above shows which.');
}

/** A client with a dialogue, and a person who says yes to it. */
function askingClient(say: (text: string) => void): Client {
  const client = new Client(CLIENT, { capabilities: { elicitation: { form: {} } } });
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    say(shown(`A person is asked: ${params.message}\n… and says yes.`, WHOLE));
    return { action: 'accept', content: { approve: true } };
  });
  return client;
}

/** What `proxmox-mcp approve <id>` does and prints. */
async function approveAtTheMachine(id: string, stateDir: string): Promise<string> {
  let printed = '';
  const person = {
    isAtTerminal: false,
    write: (text: string) => {
      printed += text;
    },
    ask: async () => '',
    secret: async () => '',
  };
  await approve([id, '--state-dir', stateDir], person, () => ({ env: {}, readFile: () => '' }));
  return printed.trimEnd();
}

/** One client's visit: every step, its answer, and whether the answer is what it must be. Returns how many failed. */
async function visit(
  name: string,
  client: Client,
  transport: Transport,
  steps: Step[],
  lines: number,
  say: (text: string) => void,
): Promise<number> {
  say(`\n=== An MCP client over ${name} ===`);
  let failed = 0;
  try {
    await client.connect(transport);
    for (const step of steps) {
      if (step.about !== undefined) say(`\n--- ${step.about}`);
      say(`\n> ${step.title}`);
      const answer = await step.run(client, say).catch((error: unknown) => `FAILED: ${String(error)}`);
      say(shown(answer, lines));
      if (step.expect.test(answer)) continue;
      failed += 1;
      say(`  FAILED: the answer does not match ${step.expect}`);
    }
  } catch (error) {
    failed += 1;
    say(`FAILED: ${String(error)}`);
  } finally {
    await client.close();
  }
  return failed;
}

/** The answer, set in, and cut to so many lines. */
function shown(answer: string, lines: number): string {
  const all = answer.split('\n').map((line) => `  ${line}`);
  const left = all.length - lines;
  return left <= 1 ? all.join('\n') : [...all.slice(0, lines), `  (${left} lines more)`].join('\n');
}

/** The first port that is free, from 8000 on. */
async function serveOnFreePort(config: Config): ReturnType<typeof serveOnHttp> {
  const log = createLog(config.logLevel, false);
  for (let port = FIRST_PORT; ; port += 1) {
    try {
      return await serveOnHttp({ ...config, port }, log);
    } catch (error) {
      if (!(error instanceof Failure) || port >= FIRST_PORT + PORTS_TO_TRY) throw error;
    }
  }
}

function parse(args: string[]): { once: boolean; help: boolean } {
  try {
    const options = { once: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
    const { once = false, help = false } = parseArgs({ args, options }).values;
    return { once, help };
  } catch (error) {
    throw new Failure('config', (error as Error).message, 'proxmox-mcp demo takes --once and nothing else.');
  }
}
