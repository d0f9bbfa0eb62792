import { X509Certificate } from 'node:crypto';

/** A key, its self-signed certificate (both PEM) and the certificate's SHA-256 fingerprint in colon form. */
export interface Identity {
  key: string;
  certificate: string;
  fingerprint: string;
}

/** Makes a certificate for this machine alone, good for a year. An EC key, because RSA ones take a second to make. */
export async function makeIdentity(): Promise<Identity> {
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'proxmox-simulator' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return {
    key: made.private,
    certificate: made.cert,
    fingerprint: new X509Certificate(made.cert).fingerprint256,
  };
}
