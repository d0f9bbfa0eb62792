import type { RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { realClock } from '../clock.ts';
import { renderApidoc } from '../schema/apidoc.ts';
import { pveCatalog } from '../schema/pve-catalog.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { Api } from './api.ts';
import { LiveSchema } from './live-schema.ts';
import { client, type Identity, makeIdentity, serve } from './test-server.ts';

let identity: Identity;
beforeAll(async () => {
  identity = await makeIdentity();
});

/** What a schema becomes where a server answers the question for its description like this. */
async function schemaOf(page: (response: ServerResponse) => void, patienceMs = 10_000) {
  const answer: RequestListener = (request, response) => {
    if (request.url === '/api2/json/version') response.end('{"data":{"version":"9.2.11"}}');
    else page(response);
  };
  const { port } = await serve(identity, answer);
  const login = { kind: 'token', user: 'root@pam', tokenName: 'lab', secret: 'secret' } as const;
  const api = new Api({ send: client(port).send, login, clock: realClock });
  return new LiveSchema({ api, cache: undefined, clock: realClock, host: 'h', patienceMs }).get();
}

test('over HTTPS, packed', async () => {
  const schema = await schemaOf((response) => {
    response.setHeader('content-encoding', 'gzip').end(gzipSync(renderApidoc(pveCatalog())));
  });
  expect(schema.source).toBe('server');
  expect(schema.catalog.methods).toEqual(pveCatalog().methods);
});

test('from the simulator as a server', async () => {
  const simulator = createSimulator({ seed: 'tiny', clock: realClock });
  const { url, close } = await simulator.listen();
  try {
    const login = {
      kind: 'token',
      user: 'root@pam',
      tokenName: 'full',
      secret: simulator.logins['root@pam!full'] ?? '',
    } as const;
    const api = new Api({ send: client(Number(new URL(url).port)).send, login, clock: realClock });
    const live = new LiveSchema({ api, cache: undefined, clock: realClock, host: url });
    expect(await live.get()).toMatchObject({ source: 'server', version: '9.2.11' });
  } finally {
    await close();
  }
});

test.each<[string, (response: ServerResponse) => void, RegExp]>([
  [
    'a bomb of zeros',
    (response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(300 * 2 ** 20))),
    /larger than 19 MiB/,
  ],
  ['fifty megabytes', (response) => response.end('x'.repeat(50 * 2 ** 20)), /larger than 19 MiB/],
  [
    'what is not gzip',
    (response) => response.setHeader('content-encoding', 'gzip').end('no'),
    /can't be unpacked/,
  ],
  ['a connection that breaks', (response) => response.socket?.destroy(), /could not be read/],
  ['half of it', (response) => response.end(renderApidoc(pveCatalog()).slice(0, 100_000)), /it is cut off/],
])('%s: what we ship stands in', async (_what, page, why) => {
  const { source, note } = await schemaOf(page);
  expect(source).toBe('bundled');
  expect(note).toMatch(why);
});

test('a server that gives a byte now and then is not waited for', async () => {
  const timers: NodeJS.Timeout[] = [];
  const { source, note } = await schemaOf((response) => {
    timers.push(setInterval(() => response.write(' '), 20));
  }, 200);
  for (const timer of timers) clearInterval(timer);
  expect(source).toBe('bundled');
  expect(note).toContain('it did not come within 0.2 seconds');
});
