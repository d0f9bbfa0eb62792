import type { Readable, Writable } from 'node:stream';
import type { Config } from '../config/parse.ts';
import { Failure } from '../failure.ts';
import { createOpening } from '../server/opening.ts';
import type { ServerFactory } from '../server/server-factory.ts';
import { tools } from '../tools/all.ts';
import { serveStdio } from '../transports/stdio.ts';
import { createBackend } from './backend.ts';
import type { Log } from './logger.ts';
import { RunningCalls } from './running-calls.ts';
import { version } from './version.ts';

/** How long running calls may take after the order to stop. */
const GRACE_MS = 10_000;

/** A running server. */
export interface Serving {
  /** Where HTTP listens; absent on stdio. */
  url: string | undefined;
  /** Resolves when the server has ended by itself: on stdio, when the client closes its end. */
  ended: Promise<void>;
  /** Lets running calls finish (10 s at most), then closes every stream and connection. */
  stop(): Promise<void>;
}

export interface Streams {
  input: Readable;
  output: Writable;
}

/** Starts the MCP server that the settings ask for. */
export async function serve(config: Config, log: Log, streams: Streams): Promise<Serving> {
  const backend = createBackend(config);
  const calls = new RunningCalls();
  const load = async (): Promise<ServerFactory> => {
    const { createServerFactory } = await import('../server/mcp-server.ts');
    return createServerFactory({
      tools,
      version,
      pve: backend.pve,
      onCall: () => calls.begin(),
      onInternalError: (error) => log.error({ err: error }, 'a tool call failed by our own mistake'),
      onProtocolError: (error) => log.debug({ err: error }, 'protocol error'),
    });
  };
  const onError = (error: unknown) => log.warn({ err: error }, 'transport error');

  if (config.transport === 'stdio') {
    const { input, output } = streams;
    const stdio = serveStdio({ input, output, opening: createOpening(tools, version), load, onError });
    return {
      url: undefined,
      ended: stdio.closed,
      async stop() {
        await calls.done(GRACE_MS);
        stdio.close();
        await backend.close();
      },
    };
  }

  const [factory, { serveHttp }] = await Promise.all([load(), import('../transports/http.ts')]);
  const { host, port, allowedHosts, allowedOrigins } = config;
  const http = await serveHttp({ factory, host, port, allowedHosts, allowedOrigins, version, onError }).catch(
    (error: NodeJS.ErrnoException) => {
      throw cannotListen(host, port, error);
    },
  );
  log.info(
    { url: http.url, demo: config.proxmox === undefined },
    'listening: MCP at /mcp (Streamable HTTP) and /sse (HTTP+SSE)',
  );
  return {
    url: http.url,
    ended: new Promise(() => {}),
    async stop() {
      await calls.done(GRACE_MS);
      await http.close();
      await backend.close();
    },
  };
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): Failure {
  const why = error.code === 'EADDRINUSE' ? 'the port is in use' : (error.code ?? error.message);
  return new Failure(
    'config',
    `Cannot listen on ${host}:${port}: ${why}.`,
    'Choose another with MCP_PORT (0 takes a free one) or MCP_HOST.',
  );
}
