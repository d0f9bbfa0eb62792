import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pveCatalog } from './pve-catalog.ts';

const family = (name: string) => `[key: \`${name}\${number}\`]: string | undefined;`;
const text = readFileSync(new URL('pve-types.ts', import.meta.url), 'utf8');

/** The lines of one method's entry, without their indentation. */
function entry(verb: string, path: string): string[] {
  const own = text.split(`export interface Pve${verb} {`)[1]?.split('\n}\n')[0]?.split('\n') ?? [];
  const from = own.findIndex((line) => line.trim() === `'${path}': {`);
  const to = own.indexOf('  };', from);
  return own.slice(from + 1, to).map((line) => line.trim());
}

test('every method has an entry with its path, parameters and answer, and there are no others', () => {
  const entries = ['Get', 'Post', 'Put', 'Delete'].flatMap((verb) => {
    const own = text.split(`export interface Pve${verb} {`)[1]?.split('\n}\n')[0] ?? '';
    const found = own.matchAll(
      /^ {2}'(.+)': \{\n {4}path: [\s\S]+?\n {4}params: [\s\S]+?\n {4}returns: [\s\S]+?\n {2}\};$/gm,
    );
    return [...found].map(([, path]) => `${verb.toUpperCase()} ${path}`);
  });
  expect(entries).toHaveLength(661);
  expect(entries.toSorted()).toEqual(
    pveCatalog()
      .methods.map(({ method, path }) => `${method} ${path}`)
      .toSorted(),
  );
});

test('every parameter is in its entry, those of the path apart', () => {
  const lost = pveCatalog().methods.flatMap(({ method, path, parameters }) => {
    const lines = entry(`${method[0]}${method.slice(1).toLowerCase()}`, path).join('\n');
    const [inPath = '', params = ''] = lines.split('\nreturns: ')[0]?.split('\nparams: ') ?? [];
    return Object.keys(parameters)
      .filter((name) => {
        const written = name.endsWith('[n]') ? `[key: \`${name.slice(0, -3)}\${number}\`]: ` : name;
        const place = path.includes(`{${name}}`) ? inPath : params;
        return !place.includes(written);
      })
      .map((name) => `${method} ${path} ${name}`);
  });
  expect(lost).toEqual([]);
});

test.each([
  ['Get', '/nodes/{node}/qemu/{vmid}/config', 'path: { node: string; vmid: number };'],
  ['Get', '/nodes/{node}/qemu/{vmid}/config', 'current?: boolean | 0 | 1 | undefined;'],
  ['Get', '/nodes/{node}/qemu/{vmid}/config', family('net')],
  ['Get', '/nodes/{node}/qemu/{vmid}/config', "hugepages?: 'any' | '2' | '1024' | undefined;"],
  ['Get', '/nodes/{node}/qemu/{vmid}/config', 'memory?: string | undefined;'],
  ['Get', '/cluster/nextid', 'returns: number | string;'],
  ['Get', '/version', 'params: Record<never, never>;'],
  ['Get', '/nodes/{node}/ceph/cmd-safety', 'safe: 0 | 1;'],
  ['Get', '/access/permissions', 'returns: Record<string, unknown>;'],
  ['Put', '/nodes/{node}/qemu/{vmid}/config', 'returns: null;'],
  ['Post', '/nodes/{node}/qemu', 'returns: string;'],
  ['Post', '/nodes/{node}/qemu', 'vmid: number;'],
  ['Post', '/nodes/{node}/qemu', "'allow-ksm'?: boolean | 0 | 1 | undefined;"],
  ['Post', '/nodes/{node}/qemu/{vmid}/agent/exec', 'command: readonly string[];'],
  ['Put', '/nodes/{node}/qemu/{vmid}/config', 'delete?: string | readonly string[] | undefined;'],
  ['Post', '/storage', "'saferemove-stepsize'?: 1 | 2 | 4 | 8 | 16 | 32 | undefined;"],
  ['Post', '/nodes/{node}/termproxy', 'port: number | string;'],
])('%s %s says %s', (verb, path, line) => {
  expect(entry(verb, path)).toContain(line);
});

test('nothing is any, and names that are no identifiers are quoted', () => {
  const code = text.replaceAll(/'[^']*'|`[^`]*`|\/\*[\s\S]*?\*\//g, '""');
  expect(code).not.toMatch(/\bany\b/);
  const names = [...code.matchAll(/^ +(\S+?)\??: /gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(5000);
  expect(names.filter((name) => !/^(?:[A-Za-z_$][\w$]*|""|\[key)$/.test(name ?? ''))).toEqual([]);
});
