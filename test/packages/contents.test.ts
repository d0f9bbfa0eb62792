import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { hello, line } from '../program.ts';

const KIB = 1024;

test('npm packs the program, the library and the three texts, and nothing else', () => {
  const flags = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const printed = execFileSync('npm', flags, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [packed] = Object.values<{ size: number; files: { path: string; size: number }[] }>(
    JSON.parse(printed),
  );
  const paths = packed?.files.map(({ path }) => path) ?? [];
  expect(paths).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/cli.js', 'dist/client.js']),
  );
  const known =
    /^(LICENSE|README\.md|package\.json|dist\/(THIRD-PARTY-NOTICES\.txt|package\.json|[\w-]+\.(js|cjs|mjs)|vendor\/[\w-]+\.(cjs|json)|types\/[\w/-]+\.d\.ts))$/;
  expect(paths.filter((path) => !known.test(path))).toEqual([]);
  expect(packed?.size).toBeLessThan(2000 * KIB);
});

test('what is packed says whose code it holds, with the licences', () => {
  const notices = readFileSync('dist/THIRD-PARTY-NOTICES.txt', 'utf8');
  const licensed = [...notices.matchAll(/^(\S+) \d[\w.-]* \([\w.-]+\)$/gm)].map(([, name]) => name);
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const bundled = ['@modelcontextprotocol/server', '@redis/client', 'jose', 'minisearch', 'pino', 'zod'];
  // ajv comes inside the SDK's own files, sonic-boom with pino.
  expect(licensed).toEqual(
    expect.arrayContaining([...Object.keys(dependencies), ...bundled, 'ajv', 'sonic-boom']),
  );
  expect(notices.split('Permission is hereby granted').length).toBeGreaterThan(10);
  // What only builds and tests is not in it.
  expect(licensed.filter((name) => name === 'esbuild' || name === 'vitest')).toEqual([]);
});

test('the bundle holds the program without the library, and its server answers from where it is unpacked', () => {
  const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'proxmox-mcp.mcpb');
  execFileSync(process.execPath, ['packages/mcpb/build.mjs', file]);
  const bundle = readFileSync(file);
  expect(bundle.length).toBeLessThan(1500 * KIB);

  const unpacked = join(folder, 'unpacked');
  const paths = unzip(bundle, unpacked);
  expect(paths).toEqual(expect.arrayContaining(['manifest.json', 'LICENSE', 'server/cli.js']));
  expect(paths.filter((path) => /^server\/(client|simulator|types)|\.cache$/.test(path))).toEqual([]);

  const { server, version } = JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8'));
  const [script = ''] = server.mcp_config.args as string[];
  const question = line({ id: 1, method: 'tools/call', params: { name: 'list_nodes', arguments: {} } });
  const said = execFileSync(process.execPath, [script.replace(/\$\{__dirname\}/, unpacked), '--demo'], {
    input: hello() + question,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, MCP_STATE_DIR: join(folder, 'state') },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const [greeting, nodes] = said
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(greeting.result.serverInfo).toMatchObject({ name: 'proxmox-mcp', version });
  expect(nodes.result.content[0].text).toContain('3 nodes, 3 online');
});

/** Unpacks a zip file by its directory, as any reader does, and answers the paths in it. */
function unzip(file: Buffer, into: string): string[] {
  const end = file.length - 22;
  expect(file.toString('latin1', end, end + 4)).toBe('PK\x05\x06');
  let at = file.readUInt32LE(end + 16);
  return Array.from({ length: file.readUInt16LE(end + 10) }, () => {
    expect(file.toString('latin1', at, at + 4)).toBe('PK\x01\x02');
    const nameLength = file.readUInt16LE(at + 28);
    const path = file.toString('utf8', at + 46, at + 46 + nameLength);
    const local = file.readUInt32LE(at + 42);
    const start = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const data = inflateRawSync(file.subarray(start, start + file.readUInt32LE(at + 20)));
    mkdirSync(dirname(join(into, path)), { recursive: true });
    writeFileSync(join(into, path), data);
    chmodSync(join(into, path), (file.readUInt32LE(at + 38) >>> 16) & 0o777);
    at += 46 + nameLength;
    return path;
  });
}
