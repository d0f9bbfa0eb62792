import { expect, test } from 'vitest';
import { run } from './program.ts';

const LIST = ['initialize', 'tools/list'].map((method, id) =>
  JSON.stringify({
    ...{ jsonrpc: '2.0', id, method },
    params:
      id === 0
        ? { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } }
        : {},
  }),
);

/** The names that the program lists with these settings. */
async function listed(...flags: string[]): Promise<string[]> {
  const { stdout } = await run(['--demo', ...flags], { input: `${LIST.join('\n')}\n` });
  const answer = JSON.parse(stdout.trim().split('\n')[1] ?? '');
  return answer.result.tools.map(({ name }: { name: string }) => name);
}

test('MCP_TOOLSETS and MCP_TOOLS choose fewer tools', async () => {
  expect(await listed('--toolsets', 'api')).toEqual(['api_describe', 'api_search', 'proxmox_api_call']);
  expect(await listed('--toolsets', 'api', '--tools', 'list_nodes')).toContain('list_nodes');
  expect(await listed('--tools', 'list_nodes')).toEqual(['list_nodes']);
  const core = await listed('--toolsets', 'core');
  expect(core).toEqual(
    expect.arrayContaining(['list_nodes', 'get_cluster_resources', 'power_guest', 'api_search']),
  );
  expect(core.length).toBeLessThanOrEqual((await listed('--toolsets', 'all')).length);
});

test('a name that nothing has is one clear line, and exit code 78', async () => {
  const { code, stderr } = await run(['--demo', '--toolsets', 'guest'], { input: '' });
  expect(code).toBe(78);
  expect(stderr).toMatch(/MCP_TOOLSETS has "guest", which this version does not have\..*guests/s);
});
