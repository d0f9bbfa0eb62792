import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { start, waitFor } from '../program.ts';
import { patient } from './patient.ts';

/** Nothing of Proxmox is looked at here. */
const HTTP = { MCP_DEMO: 'true', MCP_TRANSPORT: 'http', MCP_PORT: '0' };

/** A web server that answers JSON at these paths; its address. */
async function web(answers: (url: string) => Record<string, unknown>, date?: string): Promise<string> {
  const server = createServer((request, response) => {
    const body = answers(url)[request.url ?? ''];
    if (date !== undefined) response.setHeader('date', date);
    response.writeHead(body === undefined ? 404 : 200).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return url;
}

const METADATA = '/.well-known/openid-configuration';
const metadata = (url: string) => ({ issuer: url, jwks_uri: `${url}/keys` });

test('the port: free, taken by somebody, taken by a server of ours, and an address of another machine', async () => {
  const { doctor } = await patient();
  const free = await doctor(HTTP);
  expect([free.code, free.about('port')]).toMatchObject([0, [{ state: 'good' }]]);

  const { port } = new URL(await web(() => ({})));
  const taken = await doctor({ ...HTTP, MCP_PORT: port });
  expect([taken.code, taken.bad]).toMatchObject([
    1,
    [{ check: 'port', text: `127.0.0.1:${port} is in use by another program.` }],
  ]);

  const ours = start(['--demo', '--transport', 'http', '--port', '0']);
  const [, at = ''] = await waitFor(ours.stderr, /"url":"http:\/\/127.0.0.1:(\d+)"/);
  const running = await doctor({ ...HTTP, MCP_PORT: at });
  expect([running.code, running.about('port')]).toMatchObject([
    0,
    [{ state: 'note', text: expect.stringContaining('a proxmox-mcp answers there already') }],
  ]);

  const elsewhere = { ...HTTP, MCP_HOST: '192.0.2.77', MCP_AUTH_TOKEN: 'canary-canary-canary' };
  const { about } = await doctor(elsewhere);
  expect(about('port')).toMatchObject([
    { state: 'bad', hint: expect.stringContaining('no address of this') },
  ]);
});

test('OAuth: keys that are there, an issuer that is written otherwise, no keys, nobody there, a clock that is off', async () => {
  const { doctor } = await patient();
  const oauth = async (MCP_OAUTH_ISSUER: string, more: Record<string, string> = {}) => {
    const env = { ...HTTP, MCP_OAUTH_ISSUER, MCP_OAUTH_AUDIENCE: 'https://mcp.example/mcp', ...more };
    const { code, about } = await doctor(env);
    return { code, found: about('OAuth') };
  };
  const good = await web((url) => ({ [METADATA]: metadata(url), '/keys': { keys: [{ kty: 'EC' }] } }));
  expect(await oauth(good)).toMatchObject({
    code: 0,
    found: [{ state: 'good', text: expect.stringContaining('1 key') }],
  });

  const slash = await web((url) => ({ [METADATA]: { ...metadata(url), issuer: `${url}/` } }));
  expect(await oauth(slash)).toMatchObject({
    code: 1,
    found: [
      {
        text: expect.stringContaining('not the metadata of that issuer'),
        hint: expect.stringContaining('last slash'),
      },
    ],
  });

  const empty = await web((url) => ({ [METADATA]: metadata(url), '/keys': { keys: [] } }));
  expect(await oauth(empty)).toMatchObject({
    code: 1,
    found: [{ text: expect.stringContaining('no keys at') }],
  });

  const lost = await web((url) => ({ [METADATA]: metadata(url) }));
  expect(await oauth(lost)).toMatchObject({
    code: 1,
    found: [{ text: expect.stringContaining('/keys answered 404') }],
  });

  expect(await oauth('http://127.0.0.1:1')).toMatchObject({
    code: 1,
    found: [{ text: expect.stringContaining('127.0.0.1:1') }],
  });

  const late = await web(
    (url) => ({ [METADATA]: metadata(url), '/keys': { keys: [{ kty: 'EC' }] } }),
    new Date(Date.now() - 3_600_000).toUTCString(),
  );
  expect((await oauth(late)).found).toMatchObject([
    { state: 'good' },
    { state: 'note', text: expect.stringMatching(/ 3[56]\d\d s /) },
  ]);
});

test('a proxy that nobody trusts is worth a word', async () => {
  const { doctor } = await patient();
  const env = { ...HTTP, MCP_PUBLIC_URL: 'https://mcp.example.com' };
  const hints = async (more: Record<string, string> = {}) =>
    (await doctor({ ...env, ...more })).about('Host').map(({ hint }) => hint ?? '');
  expect(await hints()).toContainEqual(expect.stringContaining('MCP_TRUSTED_PROXIES'));
  expect(await hints({ MCP_TRUSTED_PROXIES: '127.0.0.1' })).not.toContainEqual(
    expect.stringContaining('MCP_TRUSTED'),
  );
});

test('behind a proxy: a name that it answers to is missing, or is no name', async () => {
  const { doctor } = await patient();
  const proxied = { ...HTTP, MCP_TRUSTED_PROXIES: '10.0.0.1' };
  const nameless = await doctor(proxied);
  expect([nameless.code, nameless.about('Host')]).toMatchObject([
    1,
    [{ state: 'bad', hint: expect.stringContaining('MCP_PUBLIC_URL') }],
  ]);
  const url = await doctor({ ...proxied, MCP_ALLOWED_HOSTS: 'ok.example.com,https://mcp.example.com' });
  expect(url.bad).toMatchObject([
    {
      text: expect.stringMatching(/Host: https:\/\/mcp.example.com\.$/),
      hint: expect.stringContaining('name alone'),
    },
  ]);
  const good = await doctor({ ...proxied, MCP_PUBLIC_URL: 'https://mcp.example.com' });
  expect([good.code, good.about('Host')]).toMatchObject([0, [{ state: 'good' }]]);
});

test('a secret that everybody can read, and a state folder that others can write to', async () => {
  const { doctor: examine, home, env } = await patient();
  const doctor = (more: Record<string, string> = {}) => examine({ ...HTTP, ...more });
  const file = join(home, 'secret');
  writeFileSync(file, 'canary-canary-canary\n', { mode: 0o640 });
  const secret = { MCP_AUTH_TOKEN_FILE: file };
  expect((await doctor(secret)).bad).toEqual([]);
  chmodSync(file, 0o644);
  expect((await doctor(secret)).bad).toMatchObject([{ check: 'settings', hint: `chmod o= ${file}` }]);

  const state = env.MCP_STATE_DIR ?? '';
  mkdirSync(state);
  chmodSync(state, 0o777);
  expect((await doctor()).bad).toMatchObject([{ check: 'state', hint: `chmod 700 ${state}` }]);
  chmodSync(state, 0o755);
  expect((await doctor()).about('state')).toMatchObject([{ state: 'good' }, { state: 'note' }]);
  chmodSync(state, 0o700);
  expect((await doctor()).about('state')).toMatchObject([{ state: 'good' }]);
});
