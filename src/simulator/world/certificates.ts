import { createHash, X509Certificate } from 'node:crypto';
import { uuidOf } from './random.ts';
import { rootCa } from './root-ca.ts';

/** A certificate as `pve-certificate-info` shows it; times in seconds since 1970. */
export interface CertificateInfo {
  filename: string;
  fingerprint: string;
  subject: string;
  issuer: string;
  notbefore: number;
  notafter: number;
  san: string[];
  'public-key-type': string;
  'public-key-bits': number;
  /** Absent where there is no such file: the facts are the world's, and the text of a certificate cannot be made up. */
  pem?: string;
}

const DAY = 86_400;

/** `CN=a\nO=b` as OpenSSL writes it on one line: `/CN=a/O=b`. */
const oneLine = (name: string) => `/${name.split('\n').join('/')}`;

/** What a real certificate says of itself. */
export function readCertificate(pem: string, filename: string): CertificateInfo {
  const certificate = new X509Certificate(pem);
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  const elliptic = asymmetricKeyType === 'ec';
  return {
    ...{ filename, fingerprint: certificate.fingerprint256 },
    ...{ subject: oneLine(certificate.subject), issuer: oneLine(certificate.issuer) },
    notbefore: Date.parse(certificate.validFrom) / 1000,
    notafter: Date.parse(certificate.validTo) / 1000,
    san: (certificate.subjectAltName ?? '')
      .split(', ')
      .filter(Boolean)
      .map((part) => part.slice(part.indexOf(':') + 1)),
    'public-key-type': elliptic ? 'id-ecPublicKey' : 'rsaEncryption',
    'public-key-bits': asymmetricKeyDetails?.modulusLength ?? 256,
    pem: `${certificate.toString().trimEnd()}\n`,
  };
}

/** The fingerprint of a certificate that nobody has seen, always the same one. */
export function fingerprintOf(name: string): string {
  return (
    createHash('sha256')
      .update(`certificate of ${name}`)
      .digest('hex')
      .toUpperCase()
      .match(/../g)
      ?.join(':') ?? ''
  );
}

/** The certificate that the cluster's own authority gave a node when it joined, renewed every two years. */
export function ownCertificate(
  { name, ip, bootedAt }: { name: string; ip: string; bootedAt: number },
  fingerprint: string,
): CertificateInfo {
  const notbefore = Math.floor(bootedAt / 1000) - 30 * DAY;
  const { subject: issuer } = readCertificate(rootCa, 'pve-root-ca.pem');
  return {
    ...{ filename: 'pve-ssl.pem', fingerprint, issuer, notbefore, notafter: notbefore + 730 * DAY },
    subject: `/OU=PVE Cluster Node/O=Proxmox Virtual Environment/CN=${name}.lab.example`,
    san: [
      '127.0.0.1',
      '0000:0000:0000:0000:0000:0000:0000:0001',
      'localhost',
      ip,
      name,
      `${name}.lab.example`,
    ],
    ...{ 'public-key-type': 'rsaEncryption', 'public-key-bits': 2048 },
  };
}

/** One from somebody else, put in place of the node's own. */
export function boughtCertificate(
  name: string,
  issuer: string,
  from: number,
  until: number,
): CertificateInfo {
  return {
    ...{ filename: 'pveproxy-ssl.pem', fingerprint: fingerprintOf(`${name} ${uuidOf(issuer)}`) },
    ...{ subject: `/CN=${name}`, issuer, notbefore: from, notafter: until, san: [name] },
    ...{ 'public-key-type': 'rsaEncryption', 'public-key-bits': 2048 },
  };
}
