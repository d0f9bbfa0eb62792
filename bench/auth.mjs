// What it costs to be asked who one is: the same call without, with a token, and with an access token of an issuer.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { clients, house, quantile, table } from './harness.mjs';

const GET = ['proxmox_api_call', { path: '/version' }];
const TOKEN = 'bench-0123456789abcdef';
const AUDIENCE = 'https://mcp.example/mcp';
const [WARM, TURNS] = [500, 2000];

export async function benchAuth() {
  const issuer = await startIssuer();
  const limits = { MCP_RATE_LIMIT: '0' };
  const asks = { MCP_OAUTH_ISSUER: issuer.url, MCP_OAUTH_AUDIENCE: AUDIENCE, MCP_AUTH_TOKEN: TOKEN };
  // A house for each: one that is called twice in a turn would be warmer than the others.
  const ways = [];
  for (const [what, env, token] of [
    ['nobody is asked', limits],
    ['a token', { ...limits, ...asks }, TOKEN],
    ['an access token (JWT, ES256)', { ...limits, ...asks }, await issuer.token()],
    ['a token, and requests are counted', { ...asks, MCP_RATE_LIMIT: '1000000' }, TOKEN],
  ]) {
    const { url, stop } = await house({ env });
    ways.push({ what, stop, client: await clients.modern(url, 1, token), times: [] });
  }
  for (const { client } of ways) for (let turn = 0; turn < WARM; turn += 1) await client.call(...GET);
  // In turns, so that all see the same machine.
  for (let turn = 0; turn < TURNS; turn += 1)
    for (const { client, times } of ways) {
      const from = performance.now();
      await client.call(...GET);
      times.push(performance.now() - from);
    }
  for (const { client, stop } of ways) {
    await client.close();
    stop();
  }
  issuer.close();
  const bare = quantile(ways[0].times, 0.5);
  const rows = ways.map(({ what, times }) => {
    const median = quantile(times, 0.5);
    return [what, `${median.toFixed(2)} ms`, `${(median / bare).toFixed(2)}x`];
  });
  return table(['a raw GET through the server, /mcp 2026-07-28', 'p50', 'ratio'], rows);
}

/** An authorization server that has keys and tokens, and no more. */
async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' }];
  let url = '';
  const server = createServer((request, response) => {
    const body = request.url === '/keys' ? { keys } : { issuer: url, jwks_uri: `${url}/keys` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${server.address().port}`;
  const token = () =>
    new SignJWT({ scope: 'proxmox:danger' })
      .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
      .setIssuer(url)
      .setAudience(AUDIENCE)
      .setSubject('bench')
      .setExpirationTime('1h')
      .sign(privateKey);
  return { url, token, close: () => server.closeAllConnections() || server.close() };
}
