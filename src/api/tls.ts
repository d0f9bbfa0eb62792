import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { Failure } from '../failure.ts';

/** Whom to trust. A pin wins over everything else: then the certificate must be that one and may be signed by anybody. */
export interface TrustSettings {
  /** false: take any certificate. */
  verify: boolean;
  /** Contents of a PEM file: the only authorities to trust. */
  ca?: string;
  /** SHA-256 of the server's certificate, as hex digits with or without colons; of several, any one will do. */
  fingerprint?: string | readonly string[];
  /** Who we are, where the server or a proxy before it asks for a client certificate. */
  clientCertificate?: ClientCertificate;
}

/** Contents of PEM files. */
export interface ClientCertificate {
  /** The certificate, and those between it and its authority. */
  cert: string;
  key: string;
  /** Where the key is encrypted. */
  passphrase?: string;
}

/** Whom to trust, read and checked. */
export interface Trust {
  context: SecureContext;
  /**
   * Looks at a connection whose handshake is done, before a byte is sent on it.
   *
   * @returns why it can't be trusted, or nothing
   */
  judge(socket: TLSSocket): Failure | undefined;
}

/**
 * Reads the settings.
 *
 * @param host as the user wrote it, with its port
 * @throws Failure `config` for a fingerprint, a CA or a client certificate that is none
 */
export function readTrust(settings: TrustSettings, host: string): Trust {
  const pins =
    settings.fingerprint === undefined ? undefined : [settings.fingerprint].flat().map(readFingerprint);
  const context = contextFor(settings.ca, settings.clientCertificate);
  return {
    context,
    judge(socket) {
      if (pins === undefined && !settings.verify) return undefined;
      const seen = socket.getPeerCertificate().fingerprint256 ?? 'none';
      if (pins !== undefined) return pins.includes(seen) ? undefined : wrongPin(host, seen, pins);
      return socket.authorized ? undefined : untrusted(host, socket, seen);
    },
  };
}

function readFingerprint(text: string): string {
  const hex = text
    .replace(/^.*=/, '')
    .replace(/^\s*sha-?256:/i, '')
    .replace(/[\s:]/g, '')
    .toUpperCase();
  if (/^[0-9A-F]{64}$/.test(hex)) return (hex.match(/../g) as string[]).join(':');
  throw new Failure(
    'config',
    'The fingerprint is no SHA-256 fingerprint: it needs 64 hex digits, with or without colons.',
    'Read it in the web interface (node > System > Certificates) or with `pvenode cert info` (PBS: `proxmox-backup-manager cert info`).',
  );
}

function contextFor(ca: string | undefined, client: ClientCertificate | undefined): SecureContext {
  if (ca !== undefined && !isCertificate(ca)) {
    throw new Failure(
      'config',
      'The CA file holds no certificate that can be read.',
      'It must be PEM text (-----BEGIN CERTIFICATE-----), such as /etc/pve/pve-root-ca.pem of the server.',
    );
  }
  if (client !== undefined && !isCertificate(client.cert)) {
    throw new Failure(
      'config',
      'The client certificate is none that can be read.',
      'It must be PEM text (-----BEGIN CERTIFICATE-----); the key is a text of its own.',
    );
  }
  try {
    return createSecureContext({ ...(ca !== undefined && { ca }), ...client });
  } catch {
    // The error itself may show pieces of the key.
    throw new Failure(
      'config',
      "The key of the client certificate can't be used.",
      'It must be PEM text (-----BEGIN PRIVATE KEY-----), belong to the certificate, and its passphrase must be right.',
    );
  }
}

/** A context takes nonsense in silence; reading the first certificate does not. */
function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

function wrongPin(host: string, seen: string, pins: readonly string[]): Failure {
  return new Failure(
    'tls',
    `The certificate of ${host} is not the pinned one: its SHA-256 fingerprint is ${seen}, the pin is ${pins.join(' or ')}.`,
    'Nothing was sent. If the certificate was renewed, compare the new fingerprint on the server (`pvenode cert info`) and set PROXMOX_FINGERPRINT to it; if not, somebody may be in between.',
  );
}

function untrusted(host: string, socket: TLSSocket, fingerprint: string): Failure {
  // Node types it as an Error, but it is the code's text.
  const reason = String(socket.authorizationError);
  return new Failure(
    'tls',
    `${reasonFor(reason, host, socket)} Its SHA-256 fingerprint is ${fingerprint}.`,
    `Choose one. PROXMOX_FINGERPRINT=${fingerprint} trusts this certificate alone: compare it on the server first (\`pvenode cert info\`). ` +
      "PROXMOX_CA_FILE=<a copy of the server's /etc/pve/pve-root-ca.pem> trusts what that authority signs. " +
      'PROXMOX_VERIFY_SSL=false trusts anybody. (Options of the library: fingerprint, caFile, verify.) Nothing was sent.',
  );
}

function reasonFor(reason: string, host: string, socket: TLSSocket): string {
  const { subjectaltname, subject, valid_to, valid_from } = socket.getPeerCertificate();
  if (reason.includes('ALTNAME')) {
    const names = String(subjectaltname ?? subject?.CN ?? 'no name').replaceAll(/(?:DNS|IP Address):/g, '');
    return `The certificate of ${host} is for another name: ${printable(names)}.`;
  }
  if (reason === 'CERT_HAS_EXPIRED') return `The certificate of ${host} expired on ${printable(valid_to)}.`;
  if (reason === 'CERT_NOT_YET_VALID')
    return `The certificate of ${host} is valid only from ${printable(valid_from)}.`;
  return `The certificate of ${host} is signed by nobody trusted here (${reason}).`;
}

/** A certificate's text is the other side's to choose. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 300);
}
