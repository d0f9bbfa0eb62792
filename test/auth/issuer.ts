import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { onTestFinished } from 'vitest';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { OauthTokens } from '../../src/transports/auth/oauth.ts';
import type { ServeOptions } from '../connect.ts';

export const AUDIENCE = 'https://mcp.example/mcp';

/** An authorization server on this machine: its metadata, its keys, and tokens signed with them. */
export interface Issuer {
  url: string;
  simulator: Simulator;
  oauth: OauthTokens;
  /** What a house behind it is served with. */
  options: Pick<ServeOptions, 'oauth' | 'simulator'>;
  /** Tokens as a good issuer makes them, but for what is given. */
  token(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  /** Signs with another key from now on. The keys of before are gone from its list. */
  rotate(): Promise<void>;
  /** Its public key, as anybody may have it (PEM). */
  publicPem(): Promise<string>;
  /** Whether it answers. */
  up: boolean;
  /** How often its keys were asked for. */
  asked(): number;
  problems: string[];
  /** Where the house behind it is, for clients that look for the issuer by themselves. */
  base: string;
  /** The scopes that clients asked for. */
  scopes: string[];
}

export async function startIssuer(alg = 'ES256', path = ''): Promise<Issuer> {
  const simulator = createSimulator({ seed: 'tiny' });
  const { clock } = simulator;
  let pair = await generateKeyPair(alg, { extractable: true });
  let kid = 'key-1';
  let asked = 0;
  const problems: string[] = [];
  const server: Server = createServer((request, response) => {
    if (!issuer.up) return void request.socket.destroy();
    const answer = (body: unknown) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (request.url === `${path}/.well-known/openid-configuration`)
      return void answer({
        issuer: issuer.url,
        jwks_uri: `${issuer.url}/keys`,
        authorization_endpoint: `${issuer.url}/authorize`,
        token_endpoint: `${issuer.url}/token`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: [alg],
        token_endpoint_auth_methods_supported: ['client_secret_basic'],
      });
    if (request.method === 'POST' && request.url === `${path}/token`) {
      let form = '';
      request.on('data', (part) => (form += part));
      return void request.on('end', async () => {
        const scope = new URLSearchParams(form).get('scope') ?? '';
        issuer.scopes.push(scope);
        const token = await issuer.token({ scope, sub: 'robot' });
        answer({ access_token: token, token_type: 'Bearer', expires_in: 300, scope });
      });
    }
    if (request.url !== `${path}/keys`) return void response.writeHead(404).end();
    asked += 1;
    void exportJWK(pair.publicKey).then((key) => answer({ keys: [{ ...key, kid, alg, use: 'sig' }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const oauth = new OauthTokens({
    issuer: url,
    audience: ['https://other.example', AUDIENCE],
    jwksUrl: undefined,
    scopePrefix: 'proxmox:',
    fetch: (address, options) => fetch(address, options),
    now: () => clock.now(),
    baseOf: () => issuer.base,
    onProblem: (problem) => problems.push(problem),
  });
  const issuer: Issuer = {
    ...{ url, simulator, oauth, problems, up: true, base: 'https://mcp.example', scopes: [] },
    options: { oauth, simulator },
    asked: () => asked,
    token: (claims = {}, header = {}) =>
      sign(pair.privateKey, { ...good(), iss: url, ...claims }, { alg, kid, ...header }),
    publicPem: () => exportSPKI(pair.publicKey),
    async rotate() {
      pair = await generateKeyPair(alg, { extractable: true });
      kid = 'key-2';
    },
  };
  const good = (): JWTPayload => {
    const now = Math.floor(clock.now() / 1000);
    return {
      sub: 'alice',
      aud: AUDIENCE,
      scope: 'openid proxmox:danger',
      iat: now,
      nbf: now,
      exp: now + 300,
    };
  };
  return issuer;
}

export function sign(
  key: CryptoKey | Uint8Array,
  claims: JWTPayload,
  header: JWTHeaderParameters,
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}
