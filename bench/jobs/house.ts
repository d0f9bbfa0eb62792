import { Api } from '../../src/api/api.ts';
import type { Caller } from '../../src/api/gate/caller.ts';
import { openPolicy } from '../../src/api/gate/policy.ts';
import { LiveSchema } from '../../src/api/live-schema.ts';
import type { Send } from '../../src/api/wire.ts';
import { clusterBehindGate } from '../../src/server/cluster.ts';
import { runTool } from '../../src/server/run-tool.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { MemoryLedger } from '../../src/state/memory-ledger.ts';
import { MemoryPlans } from '../../src/state/memory-plans.ts';
import { tools } from '../../src/tools/all.ts';
import type { Answer, Step } from './job.ts';

/** What a script of calls came to. Tokens are bytes / 4 of what passes between a client's model and its tools. */
export interface Done {
  answers: Answer[];
  calls: number;
  /** Requests to Proxmox, its description aside. */
  requests: number;
  tokensIn: number;
  tokensOut: number;
  /** The first call that was answered with an error. */
  error?: string;
}

/** Runs the steps on a fresh simulated cluster, as a server does, with nobody to approve anything. */
export async function runSteps(steps: readonly Step[]): Promise<Done> {
  const simulator = createSimulator({ seed: 'demo' });
  let requests = 0;
  const counted: Send = (request) => {
    if (request.path.startsWith('/api2')) requests += 1;
    return simulator.fetch(request);
  };
  const { clock, logins } = simulator;
  const login = {
    kind: 'token',
    user: 'root@pam',
    tokenName: 'full',
    secret: logins['root@pam!full'] ?? '',
  } as const;
  const api = new Api({ send: counted, login, clock });
  const open = clusterBehindGate({
    ...{ api, clock, server: 'eval', login: 'root@pam!full' },
    ...{ plans: new MemoryPlans(clock), ledger: new MemoryLedger() },
    policy: { ...openPolicy, approve: 'never' },
    schema: new LiveSchema({ api, cache: undefined, clock, host: 'eval' }),
  });
  const done: Done = { answers: [], calls: 0, requests: 0, tokensIn: 0, tokensOut: 0 };
  for (const { tool: name, args } of steps) {
    const tool = tools.find((one) => one.name === name);
    if (tool === undefined) throw new Error(`there is no tool ${name}`);
    const given = typeof args === 'function' ? args(done.answers) : args;
    const caller: Caller = { client: 'eval', identity: 'eval', scope: 'danger', tool: name };
    const calling = { caller, progress: () => {}, signal: new AbortController().signal };
    const result = await runTool(tool, given, calling, {
      open: async () => open,
      onInternalError: (error) => console.error(error),
    });
    const [first] = result.content as { text: string }[];
    const text = first?.text ?? '';
    done.calls += 1;
    done.tokensIn += tokens(JSON.stringify({ name, arguments: given }));
    done.tokensOut += tokens(text);
    done.answers.push({ text, data: result.structuredContent });
    if (result.isError && done.error === undefined) done.error = `${name}: ${text.split('\n')[0]}`;
  }
  return { ...done, requests };
}

function tokens(text: string): number {
  return Buffer.byteLength(text) / 4;
}
