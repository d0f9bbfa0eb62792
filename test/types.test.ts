import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pveCatalog } from '../src/schema/pve-catalog.ts';

const root = join(import.meta.dirname, '..');
let folder: string;

// A user's project: the declarations as they are shipped, and a program that imports them.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-types-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const config = { extends: join(root, 'tsconfig.types.json'), files: [join(root, 'src/client.ts')] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  expect(tsc('-p', 'tsconfig.json', '--rootDir', join(root, 'src'), '--outDir', 'declarations')).toEqual([]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the compiler in the user's project; what it says, a line each. */
function tsc(...options: string[]): string[] {
  const program = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr } = spawnSync(process.execPath, [program, ...options], {
    cwd: folder,
    encoding: 'utf8',
  });
  return (stdout + stderr).split('\n').filter((line) => line !== '');
}

/** What a user's compiler says to a program. */
function compile(text: string, ...options: string[]): string[] {
  writeFileSync(join(folder, 'user.mts'), text.replaceAll(/'[./]*src\/(.*)\.ts'/g, "'./declarations/$1.js'"));
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  return tsc('--ignoreConfig', 'user.mts', ...strict, ...options);
}

test.each([{ options: [] }, { options: ['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'] }])(
  'right calls compile and wrong ones do not: $options',
  ({ options }) => {
    expect(compile(readFileSync(join(root, 'test/typed/user.ts'), 'utf8'), ...options)).toEqual([]);
  },
);

test('the compiler says what is wrong in words that can be read', () => {
  const calls: [call: string, ...messages: string[]][] = [
    [
      `pve.get('/nodes/{node}/qemu/{vmid}/confg', { node: 'pve', vmid: 100 })`,
      `'"/nodes/{node}/qemu/{vmid}/confg"' is not assignable to parameter of type 'keyof PveGet'.`,
    ],
    [
      `pve.get('/nodes/{node}/qemu/{vmid}/config', { node: 'pve' })`,
      `Property 'vmid' is missing in type '{ node: string; }' but required in type '{ node: string; vmid: number; }'.`,
    ],
    [
      `pve.get('/nodes/{node}/qemu/{vmid}/config', { node: 'pve', vmid: 100, curent: true })`,
      `'curent' does not exist in type '{ node: string; vmid: number; } & { current?: `,
      `Did you mean to write 'current'?`,
    ],
    [`pve.get('/version', { node: 'pve' })`, `'node' does not exist in type 'NoParams'.`],
    [
      `pve.get('/cluster/resources', { type: 'guests' })`,
      `Type '"guests"' is not assignable to type '"node" | "sdn" | "storage" | "vm" | undefined'.`,
    ],
    [`pve.get('/nodes/{node}/status', { node: 1 })`, `Type 'number' is not assignable to type 'string'.`],
  ];
  const head = `import type { TypedApi } from 'src/client.ts'; declare const pve: TypedApi;`;
  const said = compile([head, ...calls.map(([call]) => `${call};`)].join('\n')).join('\n');
  const byCall = said.split(/^user\.mts\(/m).slice(1);
  expect(byCall).toHaveLength(calls.length);
  for (const [at, [, ...messages]] of calls.entries()) {
    for (const message of messages) expect(byCall[at]).toContain(message);
    expect(byCall[at]?.length).toBeLessThan(500);
  }
});

test('every recorded answer fits the type of its method', () => {
  const lines = readFileSync(join(root, 'test/recordings/pve-9.2.jsonl'), 'utf8').trim().split('\n');
  const answers = lines.map((line) => JSON.parse(line)).flatMap(asChecked);
  expect(answers.length).toBeGreaterThan(250);
  const head = `import type { PveDelete, PveGet, PvePost, PvePut } from 'src/client.ts';
export declare function fits<T>(answer: T): void;
export type Used = PveDelete | PvePut;\n`;
  expect(compile(head + answers.join('\n'))).toEqual([]);
  // And the compiler looks at them.
  expect(compile(`${head}fits<PveGet['/cluster/nextid']['returns']>(null);`)).toHaveLength(1);
});

/** A recorded success as a line that compiles where the answer has its method's type. */
function asChecked({ request, response }: { request?: Request; response?: Response }): string[] {
  if (request === undefined || response?.status !== 200 || response.json === undefined) return [];
  const path = decodeURIComponent(request.path.replace(/\?.*/, ''));
  if (!path.startsWith('/api2/json/')) return [];
  const found = pveCatalog().find(request.method, path.slice('/api2/json'.length));
  if (found === undefined) return [];
  const types = `Pve${request.method[0]}${request.method.slice(1).toLowerCase()}`;
  return [`fits<${types}['${found.method.path}']['returns']>(${JSON.stringify(response.json.data)});`];
}

interface Request {
  method: string;
  path: string;
}

interface Response {
  status?: number;
  json?: { data: unknown };
}
