import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished, test } from 'vitest';
import type { Send } from '../../src/api/wire.ts';
import { approve } from '../../src/cli/approve.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { callTool, clientFor, connect, info, type ServeOptions, served } from '../connect.ts';
import { failureOf } from '../failure-of.ts';
import { run } from '../program.ts';
import { changesAt, DESTROY, planIn } from './house.ts';

function stateDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'approve-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A server that keeps its plans in a directory, a model that calls it, and a person at that machine. */
async function machine(options: ServeOptions = {}) {
  const dir = stateDir();
  const house = await served({ policy: { approve: 'danger' }, stateDir: dir, ...options });
  const client = await clientFor(house.http.url);
  const call = (args: Record<string, unknown> = DESTROY) => callTool(client, 'proxmox_api_call', args);
  /** Types the command; `typed` is what the person answers at a terminal, where there is one. */
  const person = async (args: string[], typed?: string) => {
    let shown = '';
    const write = (text: string) => {
      shown += text;
    };
    const answer = async (question: string) => {
      write(question);
      return typed ?? '';
    };
    await approve(
      [...args, '--state-dir', dir],
      { isAtTerminal: typed !== undefined, write, ask: answer, secret: answer },
      () => ({ env: {}, readFile: () => '' }),
      house.simulator.clock,
    );
    return shown;
  };
  return { ...house, dir, call, person };
}

test('a client that cannot ask gets the plan, the command for the person, and how to go on', async () => {
  const { call, simulator, dir } = await machine();
  const { text, isError } = await call();
  const id = planIn(text);
  expect(isError).toBe(true);
  expect(text).toContain('Error (needs_approval)');
  expect(text).toContain(`MCP_STATE_DIR=${dir} proxmox-mcp approve ${id}`);
  expect(text).toContain('call proxmox_api_call again with the same arguments, before 16:40 UTC');
  expect(text).toContain('DELETE /nodes/pve1/qemu/9000');
  expect(changesAt(simulator)).toEqual([]);
});

test('a person approves with the command, and exactly that runs, once', async () => {
  const { call, person, simulator, ledger } = await machine();
  const id = planIn((await call()).text);
  expect(await person([])).toContain(`${id}  10 min left  DELETE /nodes/pve1/qemu/9000`);

  expect(await person([id.slice(0, 6)], 'y')).toContain('Approved');

  expect((await call({ ...DESTROY, data: { purge: 1 } })).text).toContain('needs_approval');
  expect(changesAt(simulator)).toEqual([]);
  expect((await call()).isError).toBe(false);
  expect(changesAt(simulator)).toEqual(['DELETE /nodes/pve1/qemu/9000']);
  expect(ledger.entries).toMatchObject([{ plan: id, approval: 'command' }]);
  await call();
  expect(changesAt(simulator)).toHaveLength(1);
});

test('asked again, the same plan still waits', async () => {
  const { call, plans } = await machine();
  const id = planIn((await call()).text);
  expect(planIn((await call()).text)).toBe(id);
  expect(await plans.waiting()).toHaveLength(1);
});

test('a used id can be neither approved nor used again', async () => {
  const { call, person, plans } = await machine();
  const id = planIn((await call()).text);
  await person([id]);
  await call();
  expect(await failureOf(person([id]))).toMatchObject({ code: 'not_found' });
  expect(await plans.take(id)).toBe(false);
  expect(await plans.decide(id, { decision: 'approved', by: 'command', at: 0 })).toBe(false);
});

test('a guessed id is refused, and nothing tells which ids there are', async () => {
  const { call, person, plans } = await machine();
  const id = planIn((await call()).text);
  for (const guess of ['000000000000', id.slice(0, 5), '../../etc/passwd', `${id}/`])
    expect(await failureOf(person([guess])), guess).toMatchObject({ code: 'not_found' });
  expect((await plans.waiting()).map((plan) => plan.id)).toEqual([id]);
});

test('an edited plan does not exist any more', async () => {
  const { call, person, dir } = await machine();
  const id = planIn((await call()).text);
  const path = join(dir, 'plans', `${id}.json`);
  writeFileSync(path, readFileSync(path, 'utf8').replace('/qemu/9000', '/qemu/9001'));
  expect(await failureOf(person([id]))).toMatchObject({ code: 'not_found' });
});

test('a decision that somebody wrote by hand approves nothing', async () => {
  const { call, dir, simulator } = await machine();
  const id = planIn((await call()).text);
  const decision = { decision: 'approved', by: 'command', at: 1, seal: 'f'.repeat(64) };
  writeFileSync(join(dir, 'plans', `${id}.decided`), JSON.stringify(decision));
  expect((await call()).isError).toBe(true);
  expect(changesAt(simulator)).toEqual([]);
});

test('after ten minutes an approval is over, and so is a plan that nobody approved', async () => {
  const { call, person, simulator } = await machine();
  const first = planIn((await call()).text);
  await person([first]);
  simulator.virtualClock?.advance(10 * 60_000);
  const second = planIn((await call()).text);
  expect(second).not.toBe(first);
  simulator.virtualClock?.advance(10 * 60_000);
  expect(await failureOf(person([second]))).toMatchObject({ code: 'not_found' });
  expect(changesAt(simulator)).toEqual([]);
});

test('where the cluster does not list its guests, the plan and the dry run say so', async () => {
  const simulator = createSimulator({ seed: 'tiny' });
  const send: Send = (request) =>
    simulator.fetch(
      request.path.startsWith('/api2/json/cluster/resources')
        ? { ...request, path: '/api2/json/cluster/nothing' }
        : request,
    );
  const { call } = await connect({ policy: { approve: 'danger' }, simulator, send });
  const stop = { path: '/nodes/pve1/stopall', method: 'POST' };
  expect((await call('proxmox_api_call', stop)).text).toContain('Which guests it touches could not be read.');
  expect((await call('proxmox_api_call', { ...stop, dry_run: true })).text).toContain(
    'guests: perhaps others: the cluster does not list its guests',
  );
});

test('a dry run of what reaches very many guests counts them', async () => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const all = simulator.world.guests.size;
  const { text } = await call('proxmox_api_call', {
    ...{ path: '/cluster/bulk-action/guest/start', method: 'POST', dry_run: true },
  });
  expect(all).toBeGreaterThan(10);
  expect(text).toContain(`; and ${all - 10} more`);
});

test('a guest that changed meanwhile needs a new plan, which says what changed', async () => {
  const { call, person, simulator } = await machine();
  const destroy = { path: '/nodes/pve1/lxc/101', method: 'DELETE' };
  const first = planIn((await call(destroy)).text);
  await person([first]);
  await call({ path: '/nodes/pve1/lxc/101/config', method: 'PUT', data: { hostname: 'dns2' } });
  await call({ path: '/nodes/pve1/lxc/101/status/start', method: 'POST' });

  const { text } = await call(destroy);
  expect(planIn(text)).not.toBe(first);
  expect(text).toContain('It changed since the plan before');
  expect(text).toContain('101 dns2: its name was dns and is dns2');
  expect(text).toContain('101 dns2: its status was stopped and is running');
  expect(text).toContain('101 dns2: its configuration is another');
  expect(changesAt(simulator).filter((change) => change.startsWith('DELETE'))).toEqual([]);
});

test('what a person declined is refused at once', async () => {
  const { call, person, simulator } = await machine();
  const id = planIn((await call()).text);
  expect(await person([id, '--no'])).toContain('Declined');
  expect((await call()).text).toContain('Error (not_allowed): A person declined this (command)');
  expect(await failureOf(person([id]))).toMatchObject({ code: 'wrong_state' });
  expect(changesAt(simulator)).toEqual([]);
});

test('at a terminal the person is asked: y approves, n declines, anything else decides nothing', async () => {
  const { call, person, plans } = await machine();
  const id = planIn((await call()).text);
  expect(await failureOf(person([id], ''))).toMatchObject({ code: 'cancelled' });
  expect(await plans.waiting()).toHaveLength(1);
  expect(await person([id], 'n')).toContain('Declined');
});

test("a plan of a server with the operator's secret wants it, whatever the settings of the command", async () => {
  const { call, person, simulator } = await machine({ approveSecret: 'correct horse battery' });
  const id = planIn((await call()).text);
  expect(await failureOf(person([id], 'y'))).toMatchObject({ code: 'not_allowed' });
  expect(await failureOf(person([id]))).toMatchObject({ code: 'not_allowed' });
  expect(await person([id], 'correct horse battery')).toContain('Approved');
  await call();
  expect(changesAt(simulator)).toHaveLength(1);
});

test('what was approved before the secret was set does not count with it', async () => {
  const { call, person, simulator, dir } = await machine();
  await person([planIn((await call()).text)]);
  const next = await served({
    ...{ policy: { approve: 'danger' }, stateDir: dir, simulator, approveSecret: 'correct horse battery' },
  });
  const answer = await callTool(await clientFor(next.http.url), 'proxmox_api_call', DESTROY);
  expect(answer.text).toContain('needs_approval');
  expect(changesAt(simulator)).toEqual([]);
});

test('two calls at once share one approval: one runs', async () => {
  const { call, person, simulator } = await machine();
  await person([planIn((await call()).text)]);
  const answers = await Promise.all([call(), call(), call()]);
  expect(answers.filter(({ isError }) => !isError)).toHaveLength(1);
  expect(changesAt(simulator)).toEqual(['DELETE /nodes/pve1/qemu/9000']);
});

test('what was approved for one server process, the next one may do', async () => {
  const { call, person, simulator, dir } = await machine();
  await person([planIn((await call()).text)]);
  const next = await served({ policy: { approve: 'danger' }, stateDir: dir, simulator });
  const answer = await callTool(await clientFor(next.http.url), 'proxmox_api_call', DESTROY);
  expect(answer.isError, answer.text).toBe(false);
  expect(changesAt(simulator)).toHaveLength(1);
});

test("the program: one of many approvals at once counts, and the files are the owner's alone", async () => {
  const dir = stateDir();
  const env = { MCP_STATE_DIR: dir, PATH: process.env.PATH ?? '' };
  const client = new Client(info);
  const args = ['dist/cli.js', '--demo'];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env }));
  onTestFinished(() => client.close());
  const target = { path: '/nodes/pve1/qemu/100/snapshot/none', method: 'DELETE' };
  const id = planIn((await callTool(client, 'proxmox_api_call', target)).text);
  expect((await run(['approve'], { env })).stdout).toContain(id);
  expect((await run(['approve', '000000000000'], { env })).code).toBe(1);
  expect((await run(['approve', id, 'more'], { env })).code).toBe(78);

  const codes = await Promise.all([1, 2, 3].map(async () => (await run(['approve', id], { env })).code));
  expect(codes.toSorted()).toEqual([0, 1, 1]);
  for (const name of readdirSync(join(dir, 'plans')))
    expect(statSync(join(dir, 'plans', name)).mode & 0o777, name).toBe(0o600);
  expect(statSync(join(dir, 'plans')).mode & 0o777).toBe(0o700);

  const { text } = await callTool(client, 'proxmox_api_call', target);
  expect(text).not.toContain('needs_approval');
});
