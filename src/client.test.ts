import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { failureOf } from '../test/failure-of.ts';
import { everythingIn } from './api/test-server.ts';
import { type ClientOptions, createClient, Failure, path } from './client.ts';
import { createSimulator } from './simulator/simulator.ts';

const token = { tokenId: 'root@pam!full' };

/** A simulated cluster that listens as a real server. */
async function served() {
  const simulator = createSimulator({ seed: 'tiny' });
  const listening = await simulator.listen();
  onTestFinished(() => listening.close());
  const secret = simulator.logins['root@pam!full'] as string;
  return { simulator, secret, url: listening.url, fingerprint: listening.fingerprint };
}

function client(options: ClientOptions) {
  const made = createClient(options);
  onTestFinished(() => made.close());
  return made;
}

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'proxmox-client-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), text);
  return join(folder, 'file');
}

test('reads, changes and waits for tasks', async () => {
  const { url, fingerprint, secret, simulator } = await served();
  const pve = client({ url, fingerprint, ...token, secret, clock: simulator.clock });
  const [first] = await pve.get<{ node: string }[]>(path`/nodes`);
  expect(first?.node).toBe('pve1');
  const upid = await pve.post<string>(path`/nodes/${'pve1'}/lxc/${101}/status/start`);
  expect(await pve.tasks.wait(upid)).toMatchObject({ state: 'ended', exitstatus: 'OK', type: 'vzstart' });
  expect(await pve.typed.get('/version')).toMatchObject({ release: '9.2' });
});

test('logs in with a password, and with a secret from a file that ends with a line break', async () => {
  const { url, fingerprint, secret, simulator } = await served();
  const password = simulator.logins['root@pam'] as string;
  const withPassword = client({ url, fingerprint, user: 'root@pam', password });
  expect(await withPassword.get(path`/version`)).toMatchObject({ release: '9.2' });
  const withFile = client({
    url,
    fingerprint,
    user: 'root@pam',
    tokenId: 'full',
    secretFile: file(`${secret}\n`),
  });
  expect(await withFile.get(path`/version`)).toMatchObject({ release: '9.2' });
});

test('turns to the next host of a cluster', async () => {
  const { url, fingerprint, secret } = await served();
  const pve = client({ url: ['https://127.0.0.1:1', url], fingerprint, ...token, secret });
  expect(await pve.get(path`/version`)).toMatchObject({ release: '9.2' });
});

test('speaks to a simulated cluster without a socket', async () => {
  const { fetch, clock, logins } = createSimulator({ seed: 'tiny' });
  const pve = client({ send: fetch, clock, ...token, secret: logins['root@pam!full'] as string });
  const failure = await failureOf(pve.get(path`/nodes/${'pve1'}/qemu/${999}/config`));
  expect(failure).toBeInstanceOf(Failure);
  expect(failure.code).toBe('not_found');
});

test('a task id of another product is refused before anything is sent', async () => {
  const send = async () => expect.unreachable('nothing may be sent');
  const pbs = client({ product: 'pbs', send, ...token, secret: 'secret' });
  const failure = await failureOf(
    pbs.tasks.wait('UPID:pve1:000003A8:00050340:6B031970:qmstart:100:root@pam:'),
  );
  expect(failure).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('Proxmox VE') });
});

test('an authority that holds no certificate is found at the first call', async () => {
  const ca = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n';
  const failure = await failureOf(client({ url: 'pve', ca, ...token, secret: 'x' }).get(path`/version`));
  expect(failure.code).toBe('config');
});

const good = { url: 'pve', ...token, secret: 'canary-secret' };

const wrong: [string, Record<string, unknown>, RegExp][] = [
  ['an unknown product', { ...good, product: 'esxi' }, /no product esxi/],
  ['an inherited name as product', { ...good, product: 'toString' }, /no product/],
  ['an unknown option', { ...good, verify_ssl: false }, /no option verify_ssl/],
  ['no host', { ...good, url: [] }, /url is missing/],
  ['no host at all', { ...good, url: undefined }, /url is missing/],
  ['an http host', { ...good, url: 'http://pve' }, /https only/],
  ['a login in the host', { ...good, url: 'https://root:canary-secret@pve' }, /no login/],
  ['a host that is none', { ...good, url: 'two words' }, /expected host/],
  ['a host twice', { ...good, url: ['pve', 'https://PVE:8006/'] }, /https:\/\/pve:8006 is there twice/],
  ['hosts of what has no cluster', { ...good, product: 'pbs', url: ['a', 'b'] }, /no clusters/],
  ['a url beside a send', { ...good, send: async () => undefined }, /url and a send/],
  ['a token id without ! and no user', { ...good, tokenId: 'full' }, /does not say whose/],
  ['a token id that is none', { ...good, tokenId: 'root!full' }, /tokenId is not understood/],
  ['a token of somebody else', { ...good, user: 'a@pve' }, /one of root@pam, but the user is a@pve/],
  [
    'a user without a realm',
    { url: 'pve', user: 'root', password: 'canary-secret' },
    /user is not understood/,
  ],
  ['nobody', { url: 'pve' }, /Nobody logs in/],
  ['a token for PMG', { ...good, product: 'pmg' }, /no API tokens/],
  ['no secret', { ...good, secret: undefined }, /secret is missing/],
  ['an empty secret', { ...good, secret: '' }, /secret is missing or empty/],
  ['a secret with a line break at its end', { ...good, secret: 'canary-secret\n' }, /ends with a line break/],
  ['a secret with a line break in it', { ...good, secret: 'canary\nsecret' }, /control character/],
  ['a secret and a file for it', { ...good, secretFile: 'x' }, /a secret and a secretFile/],
  [
    'a password with a line break',
    { url: 'pve', user: 'a@pam', password: 'canary-secret\r\n' },
    /line break/,
  ],
  [
    'a file that is not there',
    { ...good, secret: undefined, secretFile: '/nowhere' },
    /can't be read \(ENOENT\)/,
  ],
  ['a CA that is none', { ...good, ca: 'none' }, /CA holds no PEM/],
  [
    'a client certificate that is none',
    { ...good, clientCertificate: { cert: '', key: '' } },
    /holds no PEM/,
  ],
  ['no time', { ...good, timeoutMs: 0 }, /timeoutMs/],
  ['no connection', { ...good, connections: 1.5 }, /connections/],
];

test.each(wrong)('%s is refused at once', (_, options, said) => {
  const thrown = (() => {
    try {
      return createClient(options as ClientOptions);
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toMatchObject({ name: 'Failure', code: 'config', message: expect.stringMatching(said) });
  expect(everythingIn(thrown)).not.toContain('canary-secret');
});

test('a CA file that is none, and an empty secret file, are refused at once', () => {
  expect(() => createClient({ ...good, caFile: file('hello') })).toThrow(/CA holds no PEM/);
  const { secret: _, ...rest } = good;
  expect(() => createClient({ ...rest, secretFile: file('\n') })).toThrow(/missing or empty/);
});

test.each([
  ['pve', 'host', 'https://host:8006'],
  ['pbs', 'host', 'https://host:8007'],
  ['pmg', 'host', 'https://host:8006'],
  ['pdm', 'host', 'https://host:8443'],
  ['pve', 'https://host:443/prefix/api2/json', 'https://host:443/prefix'],
  ['pve', 'fe80::1', 'https://[fe80::1]:8006'],
  ['pve', '[2001:db8::1]:444', 'https://[2001:db8::1]:444'],
] as const)('%s at %s is %s', (product, url, read) => {
  // A host that is listed twice is named in its one spelling.
  const make = () => createClient({ product, url: [url, read], user: 'a@pam', password: 'secret' });
  expect(make).toThrow(`${read} is there twice`);
});

test('opens terminals and screens', async () => {
  const { url, fingerprint, secret } = await served();
  const pve = client({ url, fingerprint, ...token, secret });
  const terminal = await pve.consoles.terminal({ node: 'pve1' });
  for await (const piece of terminal) {
    expect(String(piece)).toBe('pve1 login: ');
    break;
  }
  await terminal.close();
  const screen = await pve.consoles.screen({ node: 'pve1', type: 'qemu', vmid: 100 });
  expect(screen.password).toHaveLength(8);
  await screen.close();
});

test('goes over pvesh, without a server and a login', async () => {
  const program = file(`#!/bin/sh\necho "{\\"release\\":\\"$*\\"}"\n`);
  chmodSync(program, 0o755);
  const pve = client({ pvesh: { programs: { pvesh: program } } });
  expect(await pve.get(path`/version`)).toEqual({ release: 'get /version --output-format json' });
  expect((await failureOf(pve.consoles.terminal({ node: 'pve1' }))).code).toBe('config');
});

test.each([
  [{ url: 'pve1' }, 'a pvesh and a url'],
  [{ tokenId: 'root@pam!x' }, 'a pvesh and a tokenId'],
  [{ verify: false }, 'a pvesh and a verify'],
  [{ product: 'pbs' as const }, 'has no pvesh'],
])('pvesh beside %j is a contradiction', (options, message) => {
  expect(() => createClient({ pvesh: true, ...options })).toThrow(message);
});
