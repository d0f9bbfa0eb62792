import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { settings } from '../../src/config/settings.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const json = (path: string) => JSON.parse(read(path));
const { version, name } = json('package.json');
const { descriptors, installButtons } = await import(new URL('packages/descriptors.mjs', root).href);

test('every descriptor is what package.json and the list of questions make of it', () => {
  const files: Record<string, string> = descriptors();
  const stale = Object.entries(files).filter(([path, text]) => read(path) !== text);
  // Else: node packages/write.mjs
  expect(stale.map(([path]) => path)).toEqual([]);
});

test('every descriptor has the version of the package', () => {
  const found = {
    registry: json('server.json').version,
    npm: json('server.json').packages[0].version,
    lock: json('package-lock.json').version,
    gemini: json('gemini-extension.json').version,
    mcpb: json('packages/mcpb/manifest.json').version,
    claude: json('packages/claude-plugin/.claude-plugin/plugin.json').version,
    marketplace: json('.claude-plugin/marketplace.json').plugins[0].version,
  };
  expect(new Set(Object.values(found))).toEqual(new Set([version]));
});

/** What the registry's schema of 2025-12-11 asks of what is used here, and what its server asks beside it. */
const serverJson = z.strictObject({
  $schema: z.literal('https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'),
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  version: z
    .string()
    .max(255)
    .regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/),
  packages: z.array(
    z.strictObject({
      registryType: z.enum(['npm', 'pypi', 'oci', 'nuget', 'mcpb']),
      registryBaseUrl: z.url(),
      identifier: z.literal(name),
      version: z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/),
      runtimeHint: z.string(),
      transport: z.strictObject({ type: z.literal('stdio') }),
      environmentVariables: z.array(
        z.strictObject({
          name: z.string(),
          description: z.string(),
          format: z.enum(['string', 'number', 'boolean', 'filepath']),
          isRequired: z.boolean(),
          isSecret: z.boolean(),
          default: z.string().optional(),
        }),
      ),
    }),
  ),
});

test('server.json is what the registry takes, and npm vouches for its name', () => {
  serverJson.parse(json('server.json'));
  expect(json('package.json').mcpName).toBe(json('server.json').name);
});

test('gemini-extension.json asks for the secret as Gemini CLI keeps secrets, and names the server without underscores', () => {
  const extension = json('gemini-extension.json');
  expect(extension.name).toMatch(/^[a-z0-9-]+$/);
  expect(Object.keys(extension.mcpServers)).toEqual(['proxmox']);
  const sensitive = extension.settings.filter((setting: { sensitive?: boolean }) => setting.sensitive);
  expect(sensitive.map((setting: { envVar: string }) => setting.envVar)).toEqual(['PROXMOX_PASSWORD']);
});

test('every variable that a descriptor asks for is a setting, and secret where the setting is', () => {
  const known = new Map(
    Object.values(settings).map((entry) => [entry.env as string, 'secret' in entry && entry.secret === true]),
  );
  const asked: { name: string; isSecret: boolean }[] = json('server.json').packages[0].environmentVariables;
  expect(asked.map(({ name, isSecret }) => [name, isSecret])).toEqual(
    asked.map(({ name }) => [name, known.get(name)]),
  );
  const bundle = json('packages/mcpb/manifest.json');
  expect(Object.keys(bundle.server.mcp_config.env)).toEqual(asked.map(({ name }) => name));
});

test('every blank that a bundle or plugin leaves is a question it asks, and an optional one has a default', () => {
  const bundle = json('packages/mcpb/manifest.json');
  const plugin = json('packages/claude-plugin/.claude-plugin/plugin.json');
  const started = json('packages/claude-plugin/.mcp.json').mcpServers.proxmox;
  for (const [env, asked] of [
    [bundle.server.mcp_config.env, bundle.user_config],
    [started.env, plugin.userConfig],
  ]) {
    const blanks = Object.values<string>(env).map((value) => /^\$\{user_config\.(\w+)\}$/.exec(value)?.[1]);
    expect(blanks).toEqual(Object.keys(asked));
    for (const question of Object.values<{ required: boolean; default?: unknown }>(asked))
      expect(question.default !== undefined).toBe(!question.required);
  }
});

test('the install buttons carry settings that the editors can read', () => {
  const [vscode, cursor] = [...String(installButtons()).matchAll(/\]\((https:[^)]+)\)$/gm)].map(
    ([, url = '']) => new URL(url).searchParams,
  );
  const config = JSON.parse(vscode?.get('config') ?? '');
  const inputs: { id: string; password?: boolean }[] = JSON.parse(vscode?.get('inputs') ?? '');
  expect(config).toMatchObject({ type: 'stdio', command: 'npx', args: ['-y', `${name}@${version}`] });
  expect(Object.values(config.env)).toEqual(inputs.map(({ id }) => `\${input:${id}}`));
  expect(inputs.filter(({ password }) => password).map(({ id }) => id)).toEqual(['proxmox_password']);
  const decoded = JSON.parse(Buffer.from(cursor?.get('config') ?? '', 'base64').toString());
  expect(decoded).toMatchObject({ command: 'npx', args: ['-y', `${name}@${version}`] });
  expect(cursor?.get('name')).toBe('proxmox');
});
