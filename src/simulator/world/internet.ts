import { createHash } from 'node:crypto';

/** A file that the simulated cluster can download. */
export interface RemoteFile {
  /** Bytes. */
  size: number;
  mimetype: string;
}

/** Why a URL cannot be fetched, in the words that LWP (for its metadata) and wget (for the file) have for it. */
export interface Unfetchable {
  lwp: string;
  /** The lines that wget writes before its last one. */
  wget: string[];
  last: string;
}

/** All there is: nothing is ever asked of a real network. */
const FILES: Record<string, RemoteFile> = {
  'https://cdimage.debian.org/debian-cd/current/amd64/iso-cd/debian-13.2.0-amd64-netinst.iso': {
    size: 783_286_272,
    mimetype: 'application/x-iso9660-image',
  },
  'https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2': {
    size: 347_144_192,
    mimetype: 'application/octet-stream',
  },
  'http://download.proxmox.com/images/system/alpine-3.22-default_20250617_amd64.tar.xz': {
    size: 3_276_452,
    mimetype: 'application/octet-stream',
  },
};

/** The file at a URL, or why there is none. `stamp` is the time as wget writes it. */
export function fetchable(url: string, stamp: string): RemoteFile | Unfetchable {
  const file = Object.hasOwn(FILES, url) ? FILES[url] : undefined;
  if (file) return file;
  const { hostname: host, port, protocol } = URL.canParse(url) ? new URL(url) : new URL('http://invalid');
  const at = `${host}:${port || (protocol === 'https:' ? 443 : 80)}`;
  if (/^[\d.]+$|^\[/.test(host)) {
    // Recorded on PVE 9.2 for 127.0.0.1:1.
    const last = `Connecting to ${at}... failed: Connection refused.`;
    return { lwp: `500 Can't connect to ${at} (Connection refused)`, wget: [], last };
  }
  if (Object.keys(FILES).some((known) => new URL(known).hostname === host)) {
    const wget = [
      `Connecting to ${at}... connected.`,
      'HTTP request sent, awaiting response... 404 Not Found',
    ];
    return { lwp: '404 Not Found', wget, last: `${stamp} ERROR 404: Not Found.` };
  }
  return {
    lwp: `500 Can't connect to ${at} (Name or service not known)`,
    wget: [`Resolving ${host} (${host})... failed: Name or service not known.`],
    last: `wget: unable to resolve host address '${host}'`,
  };
}

/** The checksum of what lies at a URL. There is no content: that of the URL's own text stands for it. */
export function remoteChecksum(url: string, algorithm: string): string {
  return createHash(algorithm).update(url).digest('hex');
}
