import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { expect, test } from 'vitest';

const src = new URL('../src/', import.meta.url).pathname;

/**
 * Which rooms a room may use. Data goes one way: cli -> config -> api -> (schema, pve) -> tools -> server -> transports;
 * the simulator stands apart and imports the schema alone.
 */
const MAY_USE: Record<string, readonly string[]> = {
  'failure.ts': [],
  'clock.ts': [],
  config: [
    'failure.ts',
    'api/server-url.ts',
    'api/gate/policy.ts',
    'schema/effect.ts',
    'telemetry/settings.ts',
  ],
  schema: ['failure.ts'],
  api: ['failure.ts', 'clock.ts', 'schema'],
  pve: ['failure.ts', 'clock.ts', 'api', 'schema'],
  render: ['failure.ts'],
  tools: ['failure.ts', 'clock.ts', 'api', 'schema', 'pve', 'render'],
  server: ['failure.ts', 'clock.ts', 'api', 'schema', 'pve', 'render', 'tools'],
  // What is kept between calls and runs: the gate and the schema say what they need, this room keeps it.
  state: ['failure.ts', 'clock.ts', 'api', 'schema'],
  // It takes what the server counts and follows; nobody but the command line knows it.
  telemetry: ['schema', 'server/metrics.ts', 'server/trace.ts'],
  // They receive a server factory and know no tools: these two files are all they may see of the server. The page on
  // which a person approves a plan shows one.
  transports: [
    'server/server-factory.ts',
    'server/opening.ts',
    'server/who.ts',
    'schema/effect.ts',
    'api/gate/plan.ts',
    'api/gate/plan-text.ts',
    'api/gate/lock.ts',
  ],
  simulator: ['schema'],
  cli: [
    'failure.ts',
    'clock.ts',
    'client.ts',
    'config',
    'api',
    'pve',
    'render',
    'tools',
    'server',
    'transports',
    'state',
    'telemetry',
    'simulator',
  ],
  // The public entry: what a user of the API needs, without MCP.
  'client.ts': ['failure.ts', 'clock.ts', 'api', 'schema', 'pve'],
  'cli.ts': ['failure.ts', 'config', 'cli'],
};

interface Import {
  from: string;
  to: string;
}

/** Paths of files below src, without tests. */
function files(): string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /(?<!\.test)\.ts$/.test(path) && !path.endsWith('.d.json.ts'),
  );
}

function imports(): Import[] {
  return files().flatMap((from) => {
    const text = readFileSync(join(src, from), 'utf8');
    const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
    return [...found].map(([, to = '']) => ({
      from,
      to: relative(src, normalize(join(src, dirname(from), to))),
    }));
  });
}

const room = (path: string) => path.split('/')[0] ?? path;

test('every room uses only the rooms below it', () => {
  const outside = imports().filter(({ from, to }) => {
    if (room(from) === room(to) || to === '../package.json') return false;
    return !(MAY_USE[room(from)] ?? []).some((allowed) => to === allowed || room(to) === allowed);
  });
  expect(outside).toEqual([]);
});

test('every file stands in a room that has a fence', () => {
  expect(
    files()
      .map(room)
      .filter((name) => !(name in MAY_USE)),
  ).toEqual([]);
});

test('only cli.ts and the build touch the process', () => {
  const touching = files().filter(
    (path) => path !== 'cli.ts' && /\bprocess\.(?!version)/.test(withoutComments(path)),
  );
  expect(touching).toEqual([]);
});

test('nothing is thrown away silently into the global TLS settings, and nothing is executed as code', () => {
  const suspicious = files().filter((path) =>
    /NODE_TLS_REJECT_UNAUTHORIZED|\beval\(|new Function\(/.test(withoutComments(path)),
  );
  expect(suspicious).toEqual([]);
});

function withoutComments(path: string): string {
  return readFileSync(join(src, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
