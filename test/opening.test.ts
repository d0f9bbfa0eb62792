import {
  InMemoryTransport,
  type JSONRPCMessage,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import { expect, test } from 'vitest';
import { knownTools } from '../src/server/known-tools.ts';
import { createServerFactory } from '../src/server/mcp-server.ts';
import { createOpening } from '../src/server/opening.ts';
import { tools } from '../src/tools/all.ts';
import type { Tool } from '../src/tools/tool.ts';

const opening = createOpening(knownTools, '1.2.3');
const few = ['get_guest', 'list_nodes', 'explain_slow'];

/** What the SDK's server answers. */
async function answers(
  offered: readonly Tool[],
  ...requests: { method: string; params?: Record<string, unknown> }[]
): Promise<unknown[]> {
  const server = createServerFactory({
    tools: offered,
    version: '1.2.3',
    who: { name: 'tester', scope: 'danger' },
    open: () => Promise.reject(new Error('not asked for')),
    onCall: () => () => {},
    onInternalError: () => {},
    onProtocolError: () => {},
  })({ era: 'legacy' });
  const [mine, its] = InMemoryTransport.createLinkedPair();
  await server.connect(its);
  const results: unknown[] = [];
  for (const [id, request] of requests.entries()) {
    const answered = new Promise<JSONRPCMessage>((resolve) => {
      mine.onmessage = resolve;
    });
    await mine.send({ jsonrpc: '2.0', id, ...request });
    // As it would stand on the wire: the SDK keeps notes to itself under symbols.
    results.push(JSON.parse(JSON.stringify(await answered)).result);
  }
  await server.close();
  return results;
}

const initialize = (protocolVersion: string) => ({
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
});

test.each([...SUPPORTED_PROTOCOL_VERSIONS, '1999-01-01'])(
  'for revision %s the opening says what the SDK says',
  async (version) => {
    const lists = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'ping'];
    const asked = [initialize(version), ...lists.map((method) => ({ method, params: {} }))];
    const told = asked.map(({ method, params }) => opening(method, params));
    expect(told).toEqual(await answers(tools, ...asked));
  },
);

test.each([
  ['initialize', {}],
  ['initialize', { protocolVersion: 7, capabilities: {}, clientInfo: {} }],
  ['tools/list', { cursor: 'x' }],
  ['prompts/list', { cursor: 'x' }],
  ['resources/list', { cursor: 'x' }],
  ['resources/templates/list', { cursor: 'x' }],
  ['prompts/get', { name: 'guest_slow' }],
  ['resources/read', { uri: 'proxmox://cluster' }],
  ['server/discover', {}],
  ['tools/list', { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } }],
  ['tools/call', { name: 'list_nodes' }],
])('%s with %j is left to the SDK', (method, params) => {
  expect(opening(method, params)).toBeUndefined();
});

test('with fewer tools it offers fewer prompts and resources, as the SDK does', async () => {
  const asked = ['prompts/list', 'resources/list', 'resources/templates/list'].map((method) => ({ method }));
  const chosen = createOpening(
    knownTools.filter(({ name }) => few.includes(name)),
    '1.2.3',
  );
  const told = asked.map(({ method }) => chosen(method, {}));
  expect(told).toMatchObject([
    { prompts: [{ name: 'guest_slow' }] },
    { resources: [] },
    { resourceTemplates: [{ name: 'guest' }] },
  ]);
  const served = tools.filter(({ name }) => few.includes(name));
  const [, ...itsOwn] = await answers(served, initialize('2025-11-25'), ...asked);
  expect(told).toEqual(itsOwn);
});
