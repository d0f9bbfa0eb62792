import { expect, test } from 'vitest';
import { parseCallPattern } from '../src/api/gate/policy.ts';
import { clientFor, served } from './connect.ts';

const pattern = (text: string) => {
  const parsed = parseCallPattern(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
};

async function listed(policy: Parameters<typeof served>[0] & object) {
  const { http } = await served(policy);
  const { tools } = await (await clientFor(http.url)).listTools();
  return new Map(tools.map((tool) => [tool.name, tool]));
}

test('a tool whose call the settings forbid is not listed', async () => {
  const denied = await listed({ policy: { deny: [pattern('GET /cluster/**')] } });
  expect(denied.has('list_nodes')).toBe(false);
  expect(denied.has('get_cluster_resources')).toBe(false);
  expect(denied.has('proxmox_api_call')).toBe(true);
});

test('a server that only reads says of every tool that it only reads', async () => {
  const all = await listed({});
  expect(all.get('proxmox_api_call')?.annotations?.destructiveHint).toBe(true);
  const reading = await listed({ policy: { readOnly: true } });
  expect(reading.has('proxmox_api_call')).toBe(true);
  expect(reading.has('power_guest')).toBe(false);
  for (const tool of reading.values()) expect(tool.annotations?.readOnlyHint, tool.name).toBe(true);
});
