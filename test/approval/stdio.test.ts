import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';
import { callTool, info } from '../connect.ts';
import { listening, YES } from './house.ts';

/** A client that starts the shipped program in front of the simulated cluster. */
async function client(kind: 'modern' | 'v2' | 'old') {
  const dir = mkdtempSync(join(tmpdir(), 'approve-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const program = {
    command: process.execPath,
    args: ['dist/cli.js', '--demo'],
    env: { MCP_STATE_DIR: dir, PATH: process.env.PATH ?? '' },
  };
  const options = { capabilities: { elicitation: {} } };
  const made =
    kind === 'old'
      ? (new OldClient(info, options) as unknown as Client)
      : new Client(info, {
          ...options,
          ...(kind === 'modern' && { versionNegotiation: { mode: { pin: '2026-07-28' } } }),
        });
  const asked = listening(made, () => YES);
  await made.connect(
    kind === 'old'
      ? (new OldStdio(program) as unknown as StdioClientTransport)
      : new StdioClientTransport(program),
  );
  onTestFinished(() => made.close());
  return { made, asked };
}

test.each(['modern', 'v2', 'old'] as const)(
  'over stdio the person at a client (%s) is asked',
  async (kind) => {
    const { made, asked } = await client(kind);
    await made.listTools();
    const drop = { path: '/nodes/pve1/qemu/100/snapshot/none', method: 'DELETE' };
    const { text } = await callTool(made, 'proxmox_api_call', drop);
    // It was sent: there is no such snapshot, as only Proxmox knows.
    expect(text).toContain("snapshot 'none' does not exist");
    expect(asked).toHaveLength(1);
    expect(asked[0]?.message).toContain('DELETE /nodes/pve1/qemu/100/snapshot/none');
  },
);
