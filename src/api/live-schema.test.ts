import { describe, expect, test } from 'vitest';
import { renderApidoc } from '../schema/apidoc.ts';
import { parseApidoc } from '../schema/apidoc-parse.ts';
import { Catalog } from '../schema/catalog.ts';
import type { Method } from '../schema/method.ts';
import { pveCatalog } from '../schema/pve-catalog.ts';
import { validate } from '../schema/validate.ts';
import type { FileFault } from '../simulator/faults.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import { createVirtualClock } from '../simulator/virtual-clock.ts';
import { Api } from './api.ts';
import { LiveSchema, type SchemaCache } from './live-schema.ts';
import { products } from './products.ts';
import type { Send, WireRequest } from './wire.ts';

const FULL = 'root@pam!full';
const HOUR = 3_600_000;
const PAGE = '/pve-docs/api-viewer/apidoc.js';

const weather: Method = {
  ...{ path: '/cluster/weather', method: 'GET', name: 'weather', description: 'Tell the weather.' },
  ...{ parameters: { city: { type: 'string' } }, permissions: { user: 'all' }, protected: 0, allowtoken: 1 },
};

/** A cache whose content can be looked at. */
class Shelf implements SchemaCache {
  readonly texts = new Map<string, string>();
  read = async (key: string) => this.texts.get(key);
  write = async (key: string, text: string) => void this.texts.set(key, text);
}

function apiOf(simulator: Simulator, send: Send = simulator.fetch): Api {
  const login = {
    kind: 'token',
    user: 'root@pam',
    tokenName: 'full',
    secret: simulator.logins[FULL] ?? '',
  } as const;
  return new Api({ send, login, clock: simulator.clock });
}

/** Passes requests on, and writes them down with their headers. */
function noting(simulator: Simulator, sent: WireRequest[]): Send {
  return (request) => {
    sent.push(request);
    return simulator.fetch(request);
  };
}

/** Live schemas of one server; each stands for one run of the program. */
function house(options: { simulator?: Simulator; send?: Send } = {}) {
  const simulator = options.simulator ?? createSimulator({ seed: 'tiny' });
  const cache = new Shelf();
  const open = (other = simulator, send = options.send) =>
    new LiveSchema({ api: apiOf(other, send), cache, clock: simulator.clock, host: 'pve1:8006' });
  const pages = () => simulator.received.filter(({ path }) => path === PAGE).length;
  return {
    simulator,
    cache,
    open,
    pages,
    clock: simulator.virtualClock as NonNullable<Simulator['virtualClock']>,
  };
}

describe('from the server', () => {
  test('the description comes from the connected server, with its version', async () => {
    const { open } = house();
    const schema = await open().get();
    expect(schema).toMatchObject({ product: 'pve', version: '9.2.11', source: 'server' });
    expect(schema.note).toBe('Read from the server (9.2.11).');
    expect(schema.catalog.methods).toEqual(pveCatalog().methods);
  });

  test('a method that only a newer server has is found, described and checked', async () => {
    const simulator = createSimulator({ seed: 'tiny', newer: { version: '9.3.1', methods: [weather] } });
    const { catalog, version, search } = await house({ simulator }).open().get();
    expect(version).toBe('9.3.1');
    const method = catalog.find('GET', '/cluster/weather')?.method as Method;
    expect(method.description).toBe('Tell the weather.');
    expect(validate(method, {}).errors).toHaveProperty('city');
    expect((await search()).find('weather')[0]?.method).toBe(method);
  });

  test('no login goes with the page, which stands beside the API', async () => {
    const sent: WireRequest[] = [];
    const simulator = createSimulator({ seed: 'tiny' });
    await house({ simulator, send: noting(simulator, sent) })
      .open()
      .get();
    const page = sent.find(({ path }) => path === PAGE);
    expect(page?.headers).toEqual({});
    expect(sent.map(({ path }) => path)).toEqual(['/api2/json/version', PAGE]);
  });

  test('many who ask at once wait for one', async () => {
    const { open, simulator, pages } = house();
    const live = open();
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => live.get()));
    for (const other of others) expect(other).toBe(first);
    expect([pages(), simulator.received.length]).toEqual([1, 2]);
  });

  test('its index is built once', async () => {
    const { search } = await house().open().get();
    expect(await search()).toBe(await search());
  });
});

describe('kept on disk', () => {
  test('the same version within a day: nothing is read', async () => {
    const { open, pages, clock } = house();
    await open().get();
    clock.advance(23 * HOUR);
    const schema = await open().get();
    expect(schema).toMatchObject({ source: 'cache', version: '9.2.11' });
    expect(schema.note).toBe("The server's own description, as of 2026-11-22T16:30Z.");
    expect(schema.catalog.methods).toEqual(pveCatalog().methods);
    expect(pages()).toBe(1);
  });

  test('after a day the server is asked whether it has changed', async () => {
    const answers: number[] = [];
    const simulator = createSimulator({ seed: 'tiny' });
    const send: Send = async (request) => {
      const answer = await simulator.fetch(request);
      if (request.path === PAGE) answers.push(answer.status);
      return answer;
    };
    const { open, clock } = house({ simulator, send });
    await open().get();
    clock.advance(25 * HOUR);
    expect((await open().get()).source).toBe('cache');
    clock.advance(23 * HOUR);
    expect((await open().get()).source).toBe('cache');
    expect(answers).toEqual([200, 304]);
  });

  test('another version is read anew at once', async () => {
    const { open, cache, clock } = house();
    await open().get();
    const newer = createSimulator({ seed: 'tiny', clock, newer: { version: '9.3.1', methods: [weather] } });
    const schema = await open(newer).get();
    expect(schema).toMatchObject({ source: 'server', version: '9.3.1' });
    expect(schema.catalog.find('GET', '/cluster/weather')).toBeDefined();
    expect([...cache.texts.values()][0]?.slice(0, 200)).toContain('9.3.1');
  });

  test('a server that runs on is looked at again after a day', async () => {
    const { open, pages, clock } = house();
    const live = open();
    await live.get();
    clock.advance(23 * HOUR);
    await live.get();
    expect(pages()).toBe(1);
    clock.advance(2 * HOUR);
    expect((await live.get()).source).toBe('cache');
    expect(pages()).toBe(2);
  });

  test.each([
    ['nothing', ''],
    ['half of it', (text: string) => text.slice(0, text.length / 2)],
    ['no facts', (text: string) => text.slice(text.indexOf('\n'))],
    ['another server', (text: string) => text.replace('pve1:8006', 'evil:8006')],
    ['no moment', (text: string) => text.replace(/"readAt":\d+/, '"readAt":"x"')],
    ['few methods', (text: string) => `${text.split('\n')[0]}\nconst apiSchema = [];`],
    ['code', (text: string) => `${text.split('\n')[0]}\nconst apiSchema = [process.exit(1)];`],
    ['no end', (text: string) => `${text.split('\n')[0]}\nconst apiSchema = ${'['.repeat(99_999)}`],
    ['another form', '{"form":2}\n'],
    ['null', 'null\n'],
  ])('a file that holds %s is not believed, and written anew', async (_what, spoil) => {
    const { open, cache } = house();
    await open().get();
    const [[key, whole] = ['', '']] = [...cache.texts];
    cache.texts.set(key, typeof spoil === 'string' ? spoil : spoil(whole));
    expect(await open().get()).toMatchObject({ source: 'server' });
    expect(cache.texts.get(key)).toBe(whole);
  });

  test('what cannot be used is not asked to be unchanged for ever', async () => {
    const { open, cache, clock } = house();
    await open().get();
    const [[key, whole] = ['', '']] = [...cache.texts];
    cache.texts.set(key, `${whole.split('\n')[0]}\nconst apiSchema = [];`);
    clock.advance(25 * HOUR);
    expect((await open().get()).source).toBe('server');
  });

  test('one from a time to come is asked about', async () => {
    const { open, cache, pages } = house();
    await open().get();
    const [[key, whole] = ['', '']] = [...cache.texts];
    cache.texts.set(key, whole.replace(/"readAt":\d+/, '"readAt":9999999999999'));
    await open().get();
    expect([pages(), cache.texts.get(key)]).toEqual([2, whole]);
  });

  test('what stands in a file goes into no header unless it is one line', async () => {
    const { open, cache, clock, simulator } = house();
    await open().get();
    const [[key, whole] = ['', '']] = [...cache.texts];
    cache.texts.set(key, whole.replace(/"modified":"[^"]*"/, '"modified":"x\\r\\nAuthorization: y"'));
    clock.advance(25 * HOUR);
    const sent: WireRequest[] = [];
    const send: Send = noting(simulator, sent);
    expect((await open(simulator, send).get()).source).toBe('server');
    expect(sent.find(({ path }) => path === PAGE)?.headers).toEqual({});
  });
});

describe('what we ship stands in', () => {
  test.each<[FileFault, RegExp]>([
    [
      'apidoc-missing',
      /^The API of Proxmox VE 9\.2 as it comes with this program; the description on the server could not be read: the server answered 500\.$/,
    ],
    ['apidoc-truncated', /could not be read: This is not a Proxmox API description: it is cut off\.$/],
    ['apidoc-hostile', /it nests more than 200 deep/],
  ])('%s', async (name, note) => {
    const simulator = createSimulator({ seed: 'tiny', faults: [{ name }] });
    const { open, cache } = house({ simulator });
    const schema = await open().get();
    expect(schema).toMatchObject({ source: 'bundled', version: '9.2.11' });
    expect(schema.note).toMatch(note);
    expect(schema.note).not.toContain('the server has');
    expect(schema.catalog).toBe(pveCatalog());
    expect(cache.texts.size).toBe(0);
  });

  test('and it says so where the server is of another release', async () => {
    const newer = { version: '10.0.1', methods: [] };
    const simulator = createSimulator({ seed: 'tiny', newer, faults: [{ name: 'apidoc-missing' }] });
    const { note } = await house({ simulator }).open().get();
    expect(note).toMatch(
      /^The API of Proxmox VE 9\.2 as it comes with this program \(the server has 10\.0\.1: methods may be missing here or there\); /,
    );
  });

  const odd =
    (status: number, body: string, headers = {}): Send =>
    async () => ({ ...{ status, reason: 'OK', body }, headers });
  test.each<[string, Send]>([
    [
      'a page for people',
      odd(200, '<!DOCTYPE html><html>const apiSchema = []', { 'content-type': 'text/html' }),
    ],
    ['a redirect', odd(302, '', { location: 'https://evil.example/apidoc.js' })],
    ['304 to whoever has nothing', odd(304, '')],
    ['nothing', odd(200, '')],
    ['ten methods', odd(200, renderApidoc(new Catalog(pveCatalog().methods.slice(0, 10))))],
    ['an error of ours', async () => Promise.reject(new TypeError('bug'))],
  ])('for %s', async (_what, page) => {
    const simulator = createSimulator({ seed: 'tiny' });
    const send: Send = (request) => (request.path === PAGE ? page(request) : simulator.fetch(request));
    const schema = await house({ simulator, send }).open().get();
    expect(schema.source).toBe('bundled');
    expect(schema.note).toMatch(
      /^The API of Proxmox VE 9\.2 as it comes with this program; .* could not be read: \S.*\.$/,
    );
  });

  test('the server is tried again after five minutes, not at every call', async () => {
    const simulator = createSimulator({ seed: 'tiny' });
    let works = false;
    const send: Send = async (request) =>
      works || request.path !== PAGE ? simulator.fetch(request) : Promise.reject(new Error('down'));
    const { open, clock, pages } = house({ simulator, send });
    const live = open();
    expect((await live.get()).source).toBe('bundled');
    works = true;
    clock.advance(4 * 60_000);
    expect((await live.get()).source).toBe('bundled');
    expect(pages()).toBe(0);
    clock.advance(2 * 60_000);
    expect((await live.get()).source).toBe('server');
  });

  test('where nothing answers the page is not waited for, and what was kept is better than what we ship', async () => {
    const { open, clock, simulator, pages } = house();
    await open().get();
    clock.advance(48 * HOUR);
    const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const schema = await open(simulator, () => Promise.reject(down)).get();
    expect(schema).toMatchObject({ source: 'cache', version: '9.2.11' });
    expect(schema.note).toMatch(/as of 2026-11-22T16:30Z; now it could not be read \(/);
    expect(pages()).toBe(1);
  });

  test('a login that is refused keeps nobody from the description', async () => {
    const simulator = createSimulator({ seed: 'tiny' });
    const login = { kind: 'token', user: 'root@pam', tokenName: 'full', secret: 'wrong' } as const;
    const api = new Api({ send: simulator.fetch, login, clock: simulator.clock });
    const live = new LiveSchema({ api, cache: new Shelf(), clock: simulator.clock, host: 'h' });
    expect(await live.get()).toMatchObject({ source: 'server', version: undefined });
  });

  test('other products have nothing to stand in', async () => {
    const clock = createVirtualClock();
    const login = { kind: 'token', user: 'root@pam', tokenName: 't', secret: 's' } as const;
    const api = new Api({ send: odd(500, 'no'), login, clock, product: products.pbs });
    const { source, note, catalog } = await new LiveSchema({ api, cache: undefined, clock, host: 'h' }).get();
    expect([source, catalog.methods]).toEqual(['bundled', []]);
    expect(note).toMatch(
      /^The methods of this Proxmox Backup Server can't be looked up or checked: .* could not be read: .*500/,
    );
  });
});

test('each product is asked where it has its description', async () => {
  const clock = createVirtualClock();
  for (const [name, page] of [
    ['pve', '/pve-docs/api-viewer/apidoc.js'],
    ['pmg', '/pmg-docs/api-viewer/apidoc.js'],
    ['pbs', '/docs/api-viewer/apidoc.js'],
    ['pdm', '/docs/api-viewer/apidoc.js'],
  ] as const) {
    const login = { kind: 'password', user: 'root@pam', password: 'x' } as const;
    const body = renderApidoc(pveCatalog()).replace(
      'const apiSchema',
      name === 'pmg' ? 'var pmgapi' : 'var apiSchema',
    );
    const send: Send = async ({ path }) => ({
      status: path === page ? 200 : 401,
      reason: '',
      headers: {},
      body,
    });
    const api = new Api({ send, login, clock, product: products[name] });
    const schema = await new LiveSchema({ api, cache: undefined, clock, host: 'h' }).get();
    expect(schema).toMatchObject({ product: name, source: 'server' });
    expect(parseApidoc(renderApidoc(schema.catalog))).toEqual(pveCatalog().methods);
  }
});

test.each([
  '/api2/json/version',
  '/API2/json',
  '//api2/json',
  '/x/../api2/json',
  '/docs/%2e%2e',
  '/a?b',
  'x',
  '',
])('no page: %s', async (page) => {
  const sent: WireRequest[] = [];
  const simulator = createSimulator({ seed: 'tiny' });
  const api = apiOf(simulator, noting(simulator, sent));
  await expect(api.page(page, {})).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(sent).toEqual([]);
});
