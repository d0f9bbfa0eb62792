import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { realClock } from '../src/clock.ts';
import { RedisConnection } from '../src/state/redis/connection.ts';
import type { Reply } from '../src/state/redis/session.ts';

/** Everything is on the disk before it is answered, as the ledger wants it of a server that knows no WAITAOF. */
export const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always'];

/**
 * Whether redis-server is here and its tests are wanted (`WITH_REDIS=1 npm test`, as `.ci/run` does): `npm test` alone must
 * pass on a machine with Node and nothing else.
 */
export const withRedis = process.env.WITH_REDIS === '1';

/** A Redis of a test's own. */
export class RedisServer {
  readonly port: number;
  /** For whoever asks for `--tls-port {free}`. */
  readonly tlsPort: number;
  readonly #dir: string;
  readonly #settings: readonly string[];
  #child: ChildProcess | undefined;

  private constructor([port, tlsPort]: [number, number], dir: string, settings: readonly string[]) {
    this.port = port;
    this.tlsPort = tlsPort;
    this.#dir = dir;
    this.#settings = settings.map((text) => text.replace('{free}', String(tlsPort)));
  }

  static async start(settings: readonly string[] = DURABLE): Promise<RedisServer> {
    const server = new RedisServer(
      [await freePort(), await freePort()],
      mkdtempSync(join(tmpdir(), 'redis-')),
      settings,
    );
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, or starts it anew with what it has on its disk. */
  async start(): Promise<void> {
    const address = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#dir];
    const child = spawn('redis-server', [...address, '--save', '', '--databases', '1000', ...this.#settings]);
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (part) => {
        text += part;
        if (text.includes('Ready to accept connections')) resolve();
      });
      child.once('error', () =>
        reject(new Error('these tests need redis-server: apt-get install redis-server')),
      );
      child.once('exit', () => reject(new Error(`redis-server ended: ${text}`)));
    });
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** It keeps its connections, and answers nothing. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** What an operator, or somebody evil, does to it. */
  async send(...command: string[]): Promise<Reply> {
    const connection = new RedisConnection(this.url, realClock);
    try {
      return await connection.send(command);
    } finally {
      connection.close();
    }
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** One for this test alone. */
export async function aRedis(settings?: readonly string[]): Promise<RedisServer> {
  const server = await RedisServer.start(settings);
  onTestFinished(() => server.remove());
  return server;
}

/** One for all tests of a file, each of which takes an empty database of it: its URL. */
export function emptyDatabases(): () => string {
  let server: RedisServer | undefined;
  let taken = 0;
  beforeAll(async () => {
    if (withRedis) server = await RedisServer.start();
  });
  afterAll(() => server?.remove());
  return () => {
    taken += 1;
    return `${server?.url}/${taken}`;
  };
}

async function freePort(): Promise<number> {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  await new Promise((resolve) => taken.close(resolve));
  return port;
}
