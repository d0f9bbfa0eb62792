import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import { realClock } from '../src/clock.ts';
import { createSimulator } from '../src/simulator/simulator.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(join(root, 'docs/client.md'), 'utf8');
const samples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text = '']) => text);

/** A machine on which the samples run: the package, a server, its authority, and files with the secrets. */
async function setUp(): Promise<{ folder: string; url: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'proxmox-client-docs-'));
  const simulator = createSimulator({ seed: 'tiny', clock: realClock });
  const listening = await simulator.listen();
  onTestFinished(async () => {
    await listening.close();
    rmSync(folder, { recursive: true });
  });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/proxmox-mcp'));
  writeFileSync(join(folder, 'secret'), `${simulator.logins['root@pam!full']}\n`);
  writeFileSync(join(folder, 'password'), `${simulator.logins['root@pam']}\n`);
  writeFileSync(join(folder, 'debian.iso'), 'x'.repeat(100_000));
  writeFileSync(join(folder, 'ca.pem'), listening.certificate);
  return { folder, url: listening.url };
}

/** A sample as it can run here: the names that the page makes up become what stands in for them. */
async function run(sample: string): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const { folder, url } = await setUp();
  const here = Object.entries({
    "'pve1.example.com'": `'${url}', caFile: '${join(folder, 'ca.pem')}'`,
    "'/run/secrets/proxmox'": `'${join(folder, 'secret')}'`,
    "'/run/secrets/password'": `'${join(folder, 'password')}'`,
    "  caFile: 'pve-root-ca.pem',\n": '',
    'root@pam!automation': 'root@pam!full',
    "tokenId: 'automation'": "tokenId: 'full'",
  });
  const contents = here.reduce((left, [name, value]) => left.replaceAll(name, value), sample);
  await build({
    stdin: { contents, loader: 'ts', resolveDir: root },
    outfile: join(folder, 'sample.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    external: ['proxmox-mcp/client'],
    // The simulator is not among what is built for tests.
    alias: { 'proxmox-mcp/simulator': join(root, 'src/simulator/simulator.ts') },
  });
  const child = spawn(process.execPath, ['sample.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    out.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    out.stderr += chunk;
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...out })));
}

describe('every sample of docs/client.md runs as it stands', () => {
  const expected = [
    /pve1 online\n[\s\S]*OK\n$/,
    /^1\n$/,
    /release: '9\.2'/,
    /100 %\nlocal:iso\/debian\.iso\n$/,
    /^pve1 login: $/,
    /^invalid_parameter \{ cores: [\s\S]*\}/,
    /^$/,
    /^$/,
    /release: '9\.2'/,
  ];

  test('and there are as many as looked at', () => {
    expect(samples).toHaveLength(expected.length);
  });

  test.each(expected.map((output, i) => [i + 1, output] as const))('sample %i', async (number, output) => {
    const { status, stdout, stderr } = await run(samples[number - 1] as string);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(output);
  });
});

test('the tests that docs/client.md names are there', () => {
  const named = [...page.matchAll(/\| `((?:src|test)\/[\w/.-]+\.test\.ts)`: (.+) \|$/gm)];
  expect(named.length).toBeGreaterThan(10);
  for (const [, file = '', titles = ''] of named) {
    expect(existsSync(join(root, file)), file).toBe(true);
    const text = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'");
    for (const title of titles.split(' › ')) expect(text, file).toContain(title);
  }
});
