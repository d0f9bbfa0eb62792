import { Api } from '../../src/api/api.ts';
import type { Params } from '../../src/api/form.ts';
import { Gate } from '../../src/api/gate/gate.ts';
import { openPolicy, type Policy, parseCallPattern, parseProtection } from '../../src/api/gate/policy.ts';
import type { Verdict } from '../../src/api/gate/verdict.ts';
import { parsePath } from '../../src/api/path.ts';
import type { Verb, WireRequest } from '../../src/api/wire.ts';
import { Failure } from '../../src/failure.ts';
import { pveCatalog } from '../../src/schema/pve-catalog.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { MemoryLedger } from '../../src/state/memory-ledger.ts';
import { MemoryPlans } from '../../src/state/memory-plans.ts';

/** Settings as they are written. */
export interface Written {
  readOnly?: boolean;
  allow?: string[];
  deny?: string[];
  protect?: string[];
}

export interface Gated {
  /** Behind the gate. */
  api: Api;
  /** Round the gate, to look at the cluster. */
  open: Api;
  simulator: Simulator;
  /** Every request that went onto the wire behind the gate, save for what the gate itself reads. */
  sent: WireRequest[];
  /** What the gate thought of the last request that came to it. */
  judged(): { request: WireRequest; verdict: Verdict } | undefined;
  /** A call as a person writes it: `DELETE /nodes/pve1/qemu/100?purge=1`. Answers what refused it, if anything did. */
  call(written: string, params?: Params): Promise<Failure | undefined>;
}

function policyOf({ readOnly = false, allow = [], deny = [], protect = [] }: Written): Policy {
  const read =
    <T extends object>(parse: (text: string) => T | { problem: string }) =>
    (text: string) => {
      const parsed = parse(text);
      if ('problem' in parsed) throw new Error(parsed.problem);
      return parsed;
    };
  return {
    ...{ ...openPolicy, approve: 'never', readOnly },
    allow: allow.map(read(parseCallPattern)),
    deny: deny.map(read(parseCallPattern)),
    protect: protect.map(read(parseProtection)),
  };
}

/** A simulated cluster behind the gate, without an MCP server before it. */
export function gated(
  written: Written = {},
  options: { seed?: 'demo' | 'tiny'; token?: string; failReads?: boolean } = {},
): Gated {
  const simulator = createSimulator({ seed: options.seed ?? 'demo' });
  const { clock } = simulator;
  const tokenId = options.token ?? 'root@pam!full';
  const [user = '', tokenName = ''] = tokenId.split('!');
  const login = { kind: 'token', user, tokenName, secret: simulator.logins[tokenId] ?? '' } as const;
  const open = new Api({ send: simulator.fetch, login, clock });
  const sent: WireRequest[] = [];
  const gate = new Gate({
    ...{ policy: policyOf(written), clock, server: 'test', login: tokenId },
    catalog: async () => pveCatalog(),
    plans: new MemoryPlans(clock),
    ledger: new MemoryLedger(),
  });
  const door = gate.for({ client: 'test', identity: 'tester', scope: 'danger', tool: 'test' });
  let last: { request: WireRequest; verdict: Verdict } | undefined;
  const inner = new Api({
    send: (request) => {
      sent.push(request);
      return simulator.fetch(request);
    },
    ...{ login, clock },
  });
  const readOutside = async (path: string, params: Params) => {
    if (options.failReads) throw new Error('no answer');
    return open.request('GET', path as Parameters<Api['get']>[0], params);
  };
  const api = inner.behind({
    ...door,
    admit: async (request) => {
      last = undefined;
      last = { request: { ...request }, verdict: await door.judge(request, readOutside) };
      return door.admit(request, readOutside);
    },
  });
  const call = async (text: string, params: Params = {}) => {
    const space = text.indexOf(' ');
    try {
      const { path, query } = parsePath(text.slice(space + 1));
      await api.request(text.slice(0, space) as Verb, path, { ...query, ...params });
      return undefined;
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  };
  return { api, open, simulator, sent, judged: () => last, call };
}

/** What went onto the wire and was more than a look. */
export function changesSent({ sent }: Gated): string[] {
  return sent.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
}
