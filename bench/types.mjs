// What the types of all methods cost a user's compiler: the same small program without and with them, in turns.
// TSC may name another compiler than the project's own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { median, table } from './harness.mjs';

const OWN_TSC = resolve('node_modules/typescript/bin/tsc');
const ROUNDS = 15;
const STRICT = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];

const without = `
const answer = await fetch('https://pve:8006/api2/json/nodes/pve/qemu/100/config');
const { data } = (await answer.json()) as { data: { net0?: string } };
console.log(data.net0);
`;
const few = `
import type { TypedApi } from './declarations/client.js';
export async function show(pve: TypedApi): Promise<void> {
  const [guest] = await pve.get('/cluster/resources', { type: 'vm' });
  const config = await pve.get('/nodes/{node}/qemu/{vmid}/config', { node: 'pve', vmid: 100, current: true });
  await pve.put('/nodes/{node}/qemu/{vmid}/config', { node: 'pve', vmid: 100, memory: 2048 });
  console.log(guest?.name, config.net0);
}
`;

export async function benchTypes() {
  const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-bench-'));
  try {
    declare(folder);
    const programs = { without, few: without + few, all: without + every() };
    for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, `${name}.mts`), text);
    const times = { without: [], few: [], all: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const name of Object.keys(programs)) times[name].push(compile(folder, `${name}.mts`));
    }
    const base = median(times.without);
    const row = (what, name) => {
      const time = median(times[name]);
      return [what, `${time.toFixed(0)} ms`, name === 'without' ? '' : `${(time - base).toFixed(0)} ms`];
    };
    return table(
      ['`tsc --noEmit --strict` on a small program, library checked too', 'median', 'added'],
      [
        row('without the types', 'without'),
        row('with them, three calls', 'few'),
        row('with them, 661 calls', 'all'),
      ],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The declarations, as they are shipped. */
function declare(folder) {
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const config = { extends: resolve('tsconfig.types.json'), files: [resolve('src/client.ts')] };
  writeFileSync(join(folder, 'declarations.json'), JSON.stringify(config));
  tsc(folder, ['-p', 'declarations.json', '--rootDir', resolve('src'), '--outDir', 'declarations']);
}

/** A program with a call of every single method. */
function every() {
  const { methods } = JSON.parse(readFileSync('src/schema/pve-facts.json', 'utf8'));
  const calls = methods.map(({ method, path }, at) => {
    const types = `Pve${method[0]}${method.slice(1).toLowerCase()}['${path}']`;
    return `export const call${at} = async (pve: TypedApi, given: ${types}['path'] & ${types}['params']) => ({
  ...given, answer: await pve.${method.toLowerCase()}('${path}', given as never) });`;
  });
  return `
import type { PveDelete, PveGet, PvePost, PvePut, TypedApi } from './declarations/client.js';
${calls.join('\n')}
`;
}

function compile(folder, file) {
  const from = performance.now();
  tsc(folder, [file, ...STRICT], process.env.TSC);
  return performance.now() - from;
}

function tsc(folder, options, program = OWN_TSC) {
  const { status, stdout } = spawnSync(process.execPath, [program, ...options], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stdout.slice(0, 2000));
}
