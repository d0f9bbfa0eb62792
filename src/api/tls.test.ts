import { createPrivateKey } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { client, everythingIn, type Identity, makeIdentity, serve } from './test-server.ts';
import type { WireRequest } from './wire.ts';

const secret = 'canary-7f3a-secret';
const get: WireRequest = { method: 'GET', path: '/api2/json/version', headers: { authorization: secret } };

let identity: Identity;
let other: Identity;
beforeAll(async () => {
  identity = await makeIdentity();
  other = await makeIdentity();
});

function server(who: Identity = identity) {
  return serve(who, (_, response) => response.end('{"data":1}'));
}

describe('a certificate nobody trusts', () => {
  test('fails with its fingerprint and the three ways on, and nothing is sent', async () => {
    const { port, seen } = await server();
    const failure = await failureOf(client(port, { verify: true }).send(get));
    expect(failure.code).toBe('tls');
    expect(failure.message).toContain(identity.fingerprint);
    expect(failure.hint).toContain(`PROXMOX_FINGERPRINT=${identity.fingerprint}`);
    expect(failure.hint).toContain('PROXMOX_CA_FILE');
    expect(failure.hint).toContain('PROXMOX_VERIFY_SSL=false');
    expect(failure.hint).not.toContain('In a program of your own');
    expect(failure.hint.indexOf('PROXMOX_')).toBeLessThan(20);
    expect(seen.requests).toEqual([]);
    expect(everythingIn(failure)).not.toContain(secret);
  });

  test('is taken where verifying is off', async () => {
    const { port } = await server();
    expect((await client(port, { verify: false }).send(get)).body).toBe('{"data":1}');
  });

  test('is still refused when the environment says to trust anybody', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const { port } = await server();
      expect((await failureOf(client(port, { verify: true }).send(get))).code).toBe('tls');
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });
});

describe('a CA', () => {
  test('makes what it signed trusted', async () => {
    const { port } = await server();
    expect((await client(port, { verify: true, ca: identity.cert }).send(get)).status).toBe(200);
  });

  test('makes nothing else trusted', async () => {
    const { port, seen } = await server();
    expect((await failureOf(client(port, { verify: true, ca: other.cert }).send(get))).code).toBe('tls');
    expect(seen.requests).toEqual([]);
  });

  test.each(['no certificate', '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n'])(
    'that is none is a mistake in the settings',
    async (ca) => {
      expect((await failureOf(client(1, { verify: true, ca }).send(get))).code).toBe('config');
    },
  );

  test('does not help a certificate for another address', async () => {
    const elsewhere = await makeIdentity({ ip: '192.0.2.7' });
    const { port, seen } = await server(elsewhere);
    const failure = await failureOf(client(port, { verify: true, ca: elsewhere.cert }).send(get));
    expect(failure).toMatchObject({ code: 'tls', message: expect.stringContaining('192.0.2.7') });
    expect(seen.requests).toEqual([]);
  });

  test('does not help one that has expired', async () => {
    const old = await makeIdentity({ notAfter: new Date('2021-01-01') });
    const { port } = await server(old);
    const failure = await failureOf(client(port, { verify: true, ca: old.cert }).send(get));
    expect(failure).toMatchObject({ code: 'tls', message: expect.stringMatching(/expired.*2021/) });
  });
});

describe('a pin', () => {
  test('wins over missing trust, a wrong name and a date gone by', async () => {
    const odd = await makeIdentity({ ip: '192.0.2.7', notAfter: new Date('2021-01-01') });
    const { port } = await server(odd);
    expect((await client(port, { verify: true, fingerprint: odd.fingerprint }).send(get)).status).toBe(200);
  });

  test('may be written in any of the usual ways', async () => {
    const { port } = await server();
    const bare = identity.fingerprint.replaceAll(':', '').toLowerCase();
    for (const fingerprint of [
      bare,
      `SHA256:${bare}`,
      `sha256 Fingerprint=${identity.fingerprint}`,
      ` ${bare} `,
    ]) {
      expect((await client(port, { verify: true, fingerprint }).send(get)).status).toBe(200);
    }
  });

  test('that does not match names both fingerprints, and nothing is sent', async () => {
    const { port, seen } = await server();
    // Also where verifying is off, and where the CA is right: the pin is asked first.
    for (const settings of [{ verify: false }, { verify: true, ca: identity.cert }]) {
      const failure = await failureOf(
        client(port, { ...settings, fingerprint: other.fingerprint }).send(get),
      );
      expect(failure.code).toBe('tls');
      expect(failure.message).toContain(identity.fingerprint);
      expect(failure.message).toContain(other.fingerprint);
      expect(everythingIn(failure)).not.toContain(secret);
    }
    expect(seen.requests).toEqual([]);
  });

  test('is asked on every connection, not on the first alone', async () => {
    const {
      port,
      seen,
      server: https,
    } = await serve(identity, (_, response) => {
      response.setHeader('connection', 'close').end('{"data":1}');
    });
    const { send } = client(port, { verify: true, fingerprint: identity.fingerprint });
    expect((await send(get)).status).toBe(200);
    https.setSecureContext({ cert: other.cert, key: other.key });
    expect((await failureOf(send(get))).code).toBe('tls');
    expect(seen.requests).toHaveLength(1);
  });

  test('may be one of several, as the hosts of a cluster have them', async () => {
    const { port, seen } = await server();
    const fingerprint = [other.fingerprint, identity.fingerprint];
    expect((await client(port, { fingerprint }).send(get)).status).toBe(200);
    expect((await failureOf(client(port, { fingerprint: [] }).send(get))).code).toBe('tls');
    expect(seen.requests).toHaveLength(1);
  });

  test('of another length is a mistake in the settings', async () => {
    const failure = await failureOf(client(1, { verify: true, fingerprint: 'AB:CD' }).send(get));
    expect(failure.code).toBe('config');
  });
});

describe('a client certificate', () => {
  /** Serves nobody without a certificate that `other` signed, and answers whose it was. */
  function strict() {
    return serve(
      identity,
      ({ socket }, response) => response.end((socket as TLSSocket).getPeerCertificate().fingerprint256),
      { requestCert: true, rejectUnauthorized: true, ca: other.cert },
    );
  }

  test('is shown to a server that asks for one', async () => {
    const { port } = await strict();
    const clientCertificate = { cert: other.cert, key: other.key };
    expect((await client(port, { clientCertificate }).send(get)).body).toBe(other.fingerprint);
    expect((await failureOf(client(port).send(get))).code).toMatch(/^(tls|unreachable)$/);
  });

  test('may have an encrypted key', async () => {
    const { port } = await strict();
    const key = createPrivateKey(other.key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: secret,
    }) as string;
    const shown = client(port, { clientCertificate: { cert: other.cert, key, passphrase: secret } });
    expect((await shown.send(get)).status).toBe(200);
    const failure = await failureOf(
      client(port, { clientCertificate: { cert: other.cert, key, passphrase: 'wrong' } }).send(get),
    );
    expect(failure.code).toBe('config');
  });

  test.each([
    ['that is none', () => ({ cert: 'none', key: other.key }), 'certificate is none'],
    ['whose key is none', () => ({ cert: other.cert, key: 'none' }), 'key'],
    ['whose key is of another', () => ({ cert: other.cert, key: identity.key }), 'key'],
  ])('%s is a mistake in the settings', async (_, made, said) => {
    const failure = await failureOf(client(1, { clientCertificate: made() }).send(get));
    expect(failure).toMatchObject({ code: 'config', message: expect.stringContaining(said) });
    expect(everythingIn(failure)).not.toContain(other.key.slice(40, 80));
  });
});
