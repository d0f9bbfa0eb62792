import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What the shipped program did. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Only what the test gives reaches the program. */
const ENV = { PATH: process.env.PATH ?? '', HOME: '/nonexistent' };

/** Starts the program, with an empty state folder unless the test gives one; it is killed when the test is over. */
export function start(args: string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  const state = 'MCP_STATE_DIR' in env ? {} : { MCP_STATE_DIR: stateFolder() };
  const child = spawn(process.execPath, ['dist/cli.js', ...args], { env: { ...ENV, ...state, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** An empty folder for the program to keep its state in, removed when the test is over. */
export function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the program to its end, with `input` on stdin. */
export function run(
  args: string[],
  options: { env?: Record<string, string>; input?: string } = {},
): Promise<Outcome> {
  const child = start(args, options.env);
  // A program that ends at once does not read.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return outcome(child);
}

/** Resolves when the program has ended. */
export function outcome(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (part) => (out.stdout += part));
  child.stderr.on('data', (part) => (out.stderr += part));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...out })));
}

/** Resolves with the first text on that stream which matches. */
export function waitFor(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<RegExpMatchArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.on('data', (part) => {
      text += part;
      const found = text.match(pattern);
      if (found !== null) resolve(found);
    });
    stream.once('end', () => reject(new Error(`ended without ${pattern}: ${text}`)));
  });
}

/** One JSON-RPC message as a line. */
export function line(message: Record<string, unknown>): string {
  return `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
}

/** The handshake of an old revision, with id 0. */
export function hello(protocolVersion = '2025-06-18'): string {
  const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  return line({ id: 0, method: 'initialize', params }) + line({ method: 'notifications/initialized' });
}

/** A simulated cluster behind HTTPS, and the settings with which a server reaches it as the real thing. */
export async function simulatedProxmox(): Promise<Record<string, string>> {
  const child = start(['simulate', '--seed', 'tiny']);
  const [text] = await waitFor(child.stdout, /^\{.*\}$/m);
  const { url, fingerprint, tokenId, tokenSecret } = JSON.parse(text);
  return {
    PROXMOX_URL: url,
    PROXMOX_TOKEN_ID: tokenId,
    PROXMOX_PASSWORD: tokenSecret,
    PROXMOX_FINGERPRINT: fingerprint,
  };
}
