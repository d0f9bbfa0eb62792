import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { parse } from 'yaml';

/** Where tools.sh puts what is no Debian package. */
export const CACHE = resolve('node_modules/.cache/deploy');
const OURS: Record<string, string> = { traefik: join(CACHE, 'python/bin/traefik') };

/** Where a program is that tools.sh installs. Throws where it is missing: such a check must not pass unmade. */
export function tool(name: string): string {
  const path = OURS[name] ?? name;
  if (spawnSync('which', [path]).status === 0) return path;
  throw new Error(`${name} is not installed. As root on Debian: test/deploy/tools.sh`);
}

/** A file of the project's, as text. */
export function text(path: string): string {
  return readFileSync(path, 'utf8');
}

/** A file of YAML, as data. */
export function yaml<Data>(path: string): Data {
  return parse(text(path)) as Data;
}

/** A folder of its own for a test, removed when it is over. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'proxmox-mcp-deploy-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A TCP port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((done, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Text with its one place of `from` changed; throws when the file has changed and no longer says that. */
export function changed(source: string, from: string, to: string): string {
  if (source.split(from).length !== 2) throw new Error(`expected once in the file: ${from}`);
  return source.replace(from, () => to);
}

/** Fills in a compose file's variables as Docker does; throws where a required one is missing. */
export function interpolated(source: string, variables: Record<string, string>): string {
  return source.replace(
    /\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (whole, name?: string, kind?: string, rest = '') => {
      if (name === undefined) return whole === '$$' ? '$' : whole;
      const value = variables[name];
      if (value) return value;
      if (kind === '?') throw new Error(`${name} is missing: ${rest}`);
      return rest;
    },
  );
}
