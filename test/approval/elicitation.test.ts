import { expect, test } from 'vitest';
import type { KeptPlan } from '../../src/api/gate/plan.ts';
import { planText } from '../../src/api/gate/plan-text.ts';
import { listTools } from '../../src/server/list-tools.ts';
import { tools } from '../../src/tools/all.ts';
import { callTool, clientFor, info, type Served, served, WAYS } from '../connect.ts';
import { changesAt, DESTROY, planIn, withPerson, YES } from './house.ts';

/** Another client of the same server, with nobody before it. */
async function connectedTo({ http }: Served) {
  const client = await clientFor(http.url);
  return (name: string, args: Record<string, unknown>) => callTool(client, name, args);
}

/** One call of a client that sends what it likes as its person's words. */
async function rawCall(
  { http }: Served,
  args: Record<string, unknown>,
  inputResponses?: Record<string, unknown>,
) {
  const key = 'io.modelcontextprotocol/';
  const _meta = {
    [`${key}protocolVersion`]: '2026-07-28',
    [`${key}clientInfo`]: info,
    [`${key}clientCapabilities`]: { elicitation: {} },
  };
  const params = {
    name: 'proxmox_api_call',
    arguments: args,
    _meta,
    ...(inputResponses && { inputResponses }),
  };
  const answer = await fetch(`${http.url}/mcp`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      ...{ 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'proxmox_api_call' },
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  const { result } = (await answer.json()) as {
    result: { resultType?: string; inputRequests?: Record<string, unknown> };
  };
  return result;
}

const policy = { approve: 'danger' } as const;

test.each(WAYS)('a person at a %s client approves a change, and it runs once', async (way) => {
  const house = await served({ policy });
  let sentBefore: string[] = ['not asked'];
  const { call, asked } = await withPerson(house, way, () => {
    sentBefore = changesAt(house.simulator);
    return YES;
  });

  const answer = await call('proxmox_api_call', DESTROY);

  expect(answer.isError, answer.text).toBe(false);
  expect(sentBefore).toEqual([]);
  expect(changesAt(house.simulator)).toEqual(['DELETE /nodes/pve1/qemu/9000']);
  expect(house.simulator.world.guests.has(9000)).toBe(false);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.message).toContain('DELETE /nodes/pve1/qemu/9000');
  expect(house.ledger.entries).toMatchObject([
    { approval: 'elicitation', plan: expect.stringMatching(/^[0-9a-z]{12}$/), client: 'test 1' },
  ]);
  expect(house.mistakes).toEqual([]);
});

test.each([
  ['declines', { action: 'decline' }, 'Error (not_allowed): A person declined this (elicitation)'],
  ['says no', { action: 'accept', content: { approve: false } }, 'Error (not_allowed): A person declined'],
  ['sends an empty form', { action: 'accept', content: {} }, 'Error ('],
  ['says yes in a word', { action: 'accept', content: { approve: 'true' } }, 'Error ('],
  ['says yes in a number', { action: 'accept', content: { approve: 1 } }, 'Error ('],
  ['closes the question', { action: 'cancel' }, 'Error (needs_approval)'],
] as const)('where the person %s, nothing is sent', async (_what, reply, told) => {
  for (const way of ['modern', 'streamable', 'old sse'] as const) {
    const house = await served({ policy });
    const { call } = await withPerson(house, way, () => reply);
    const answer = await call('proxmox_api_call', DESTROY);
    expect(answer.text, way).toContain(told);
    expect(changesAt(house.simulator), way).toEqual([]);
    expect(house.ledger.entries, way).toEqual([]);
  }
});

test('what was declined is not asked again', async () => {
  const house = await served({ policy });
  const { call, asked } = await withPerson(house, 'modern', () => ({ action: 'decline' }));
  await call('proxmox_api_call', DESTROY);
  const { text } = await call('proxmox_api_call', DESTROY);
  expect(text).toContain('not_allowed');
  expect(asked).toHaveLength(1);
});

test('an approval is for one run: the next is asked for again', async () => {
  const house = await served({ policy });
  const { call, asked } = await withPerson(house, 'modern', () => YES);
  const drop = { path: '/nodes/pve1/qemu/100/snapshot/none', method: 'DELETE' };
  await call('proxmox_api_call', drop);
  await call('proxmox_api_call', drop);
  expect(asked).toHaveLength(2);
  expect(asked[0]?.message).not.toBe(asked[1]?.message);
});

test.each(['modern', 'streamable'] as const)(
  'what changes while the person thinks is asked again, and says so (%s)',
  async (way) => {
    const house = await served({ policy });
    const other = await connectedTo(house);
    const destroy = { path: '/nodes/pve1/lxc/101', method: 'DELETE' };
    const { call, asked } = await withPerson(house, way, async () => {
      if (asked.length > 1) return { action: 'decline' };
      await other('proxmox_api_call', {
        ...{ path: '/nodes/pve1/lxc/101/config', method: 'PUT', data: { hostname: 'dns2' } },
      });
      return YES;
    });
    const answer = await call('proxmox_api_call', destroy);
    expect(asked).toHaveLength(2);
    expect(asked[1]?.message).toContain('101 dns2: its name was dns and is dns2');
    expect(answer.text).toContain('not_allowed');
    expect(changesAt(house.simulator)).toEqual(['PUT /nodes/pve1/lxc/101/config']);
  },
);

test('the same call twice at once: two dialogues, one run', async () => {
  const house = await served({ policy });
  const { call } = await withPerson(house, 'streamable', () => YES);
  const answers = await Promise.all([call('proxmox_api_call', DESTROY), call('proxmox_api_call', DESTROY)]);
  expect(answers.filter(({ isError }) => !isError)).toHaveLength(1);
  expect(changesAt(house.simulator)).toHaveLength(1);
});

test('a call that the client gives up while the person thinks sends nothing, also when the person then agrees', async () => {
  const house = await served({ policy });
  const gone = new AbortController();
  let agree: (reply: typeof YES) => void = () => {};
  const { client } = await withPerson(house, 'streamable', () => {
    setImmediate(() => gone.abort());
    return new Promise<typeof YES>((resolve) => {
      agree = resolve;
    });
  });
  const call = client.callTool({ name: 'proxmox_api_call', arguments: DESTROY }, { signal: gone.signal });
  await expect(call).rejects.toThrow();
  agree(YES);
  await client.listTools();
  expect(changesAt(house.simulator)).toEqual([]);
});

test('a client that can show pages but no forms is not asked in a form', async () => {
  const house = await served({ policy });
  const { call, asked } = await withPerson(house, 'modern', () => YES, { url: {} });
  expect((await call('proxmox_api_call', DESTROY)).text).toContain('needs_approval');
  expect(asked).toEqual([]);
});

test("in 2026-07-28 the person's word counts for the plan that it was asked about, and once", async () => {
  const house = await served({ policy });
  const other = await rawCall(house, { ...DESTROY, data: { purge: 1 } });
  const asked = await rawCall(house, DESTROY);
  const [otherId = ''] = Object.keys(other.inputRequests ?? {});
  const [id = ''] = Object.keys(asked.inputRequests ?? {});
  for (const wrong of [otherId, '000000000000', ''])
    expect(Object.keys((await rawCall(house, DESTROY, { [wrong]: YES })).inputRequests ?? {})).toEqual([id]);
  expect(changesAt(house.simulator)).toEqual([]);

  expect(await rawCall(house, DESTROY, { [id]: YES })).toMatchObject({ resultType: 'complete' });
  expect(changesAt(house.simulator)).toHaveLength(1);
  await rawCall(house, DESTROY, { [id]: YES });
  expect(changesAt(house.simulator)).toHaveLength(1);
});

test('what a dialogue cannot show is said to be missing, and none of it is hidden from who looks at the plan', async () => {
  const house = await served({ policy });
  const { call, asked } = await withPerson(house, 'modern', () => ({ action: 'decline' }));
  const exec = (script: string) => ({
    ...{ path: '/nodes/pve1/qemu/100/agent/exec', method: 'POST' },
    data: { command: ['sh', '-c', script] },
  });
  await call('proxmox_api_call', exec('true'));
  await call('proxmox_api_call', exec(`true${' '.repeat(15_000)}; rm -rf /`));
  expect(asked[0]?.message).not.toContain('NOT ALL OF IT IS SHOWN');
  expect(asked[1]?.message).toContain('NOT ALL OF IT IS SHOWN HERE.');
  expect(asked[1]?.message).not.toContain('rm -rf');
  const kept = await house.plans.get(planIn(asked[1]?.message ?? ''));
  expect(planText((kept as KeptPlan).plan, 'whole')).toContain('; rm -rf /');
});

test('no argument of any tool has to do with approving', () => {
  const names = listTools(tools).flatMap(({ inputSchema }) => Object.keys(inputSchema.properties ?? {}));
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => /plan|appr|confirm|consent|secret|force/i.test(name))).toEqual([]);
});

test('the end of a long path is seen by whoever looks at the whole plan', async () => {
  const house = await served({ policy });
  const { call, asked } = await withPerson(house, 'modern', () => ({ action: 'decline' }));
  const name = `${'x'.repeat(2_000)}-the-end.iso`;
  await call('proxmox_api_call', {
    path: `/nodes/pve1/storage/local/content/local:iso/${name}`,
    method: 'DELETE',
  });
  expect(asked[0]?.message).toContain('NOT ALL OF IT IS SHOWN HERE.');
  const kept = await house.plans.get(planIn(asked[0]?.message ?? ''));
  expect(planText((kept as KeptPlan).plan, 'whole')).toContain('-the-end.iso');
});
