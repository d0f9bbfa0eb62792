import { createHash } from 'node:crypto';

/** A file that the simulated cluster can download. */
export interface RemoteFile {
  /** Bytes. */
  size: number;
  mimetype: string;
  /** Bytes a second, of a server that is slow. */
  speed?: number;
  /** Of a cloud image: what is in it. */
  system?: ImageSystem;
}

/** The system in a disk image, and how large the disk is that it makes. */
export interface ImageSystem {
  /** Bytes. */
  disk: number;
  /** Whether it brings its guest agent along. */
  agent: boolean;
  osinfo: Record<string, string>;
}

/** An image in a registry. */
export interface OciImage {
  /** Bytes, as it is stored. */
  size: number;
  layers: number;
  entrypoint: string;
  env: readonly string[];
}

const GiB = 1024 ** 3;

const linux = (id: string, name: string, version: string, kernel: string): Record<string, string> => ({
  ...{ id, name, version, 'pretty-name': `${name} ${version}`, 'version-id': version.split(' ')[0] ?? '' },
  ...{ 'kernel-release': kernel, machine: 'x86_64' },
});

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
    // Debian's images come without the agent.
    system: {
      ...{ disk: 3 * GiB, agent: false },
      osinfo: linux('debian', 'Debian GNU/Linux', '13 (trixie)', '6.12.57+deb13-cloud-amd64'),
    },
  },
  'https://mirror.example/debian-13-genericcloud-amd64-daily.qcow2': {
    size: 347_144_192,
    mimetype: 'application/octet-stream',
    speed: 2 * 1024 ** 2,
    system: {
      ...{ disk: 3 * GiB, agent: false },
      osinfo: linux('debian', 'Debian GNU/Linux', '13 (trixie)', '6.12.57+deb13-cloud-amd64'),
    },
  },
  'https://repo.almalinux.org/almalinux/10/cloud/x86_64/images/AlmaLinux-10-GenericCloud-latest.x86_64.qcow2':
    {
      size: 491_782_144,
      mimetype: 'application/octet-stream',
      system: {
        ...{ disk: 10 * GiB, agent: true },
        osinfo: linux('almalinux', 'AlmaLinux', '10.1 (Heliotrope Lion)', '6.12.0-124.8.1.el10_1.x86_64'),
      },
    },
  'https://cloud-images.ubuntu.com/noble/current/noble-server-cloudimg-amd64.img': {
    size: 624_373_760,
    mimetype: 'application/octet-stream',
    system: {
      ...{ disk: 3.5 * GiB, agent: false },
      osinfo: linux('ubuntu', 'Ubuntu', '24.04 (Noble Numbat)', '6.8.0-88-generic'),
    },
  },
  'http://download.proxmox.com/images/system/debian-13-standard_13.1-2_amd64.tar.zst': {
    size: 129_710_398,
    mimetype: 'application/octet-stream',
  },
  'http://download.proxmox.com/images/system/debian-12-standard_12.12-1_amd64.tar.zst': {
    size: 129_024_000,
    mimetype: 'application/octet-stream',
  },
  'http://download.proxmox.com/images/system/ubuntu-24.04-standard_24.04-2_amd64.tar.zst': {
    size: 141_589_186,
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

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Images of one registry, without their tags: any tag is there. */
const REGISTRY: Record<string, OciImage> = {
  'docker.io/library/alpine': { size: 3_640_000, layers: 1, entrypoint: '/bin/sh', env: [PATH] },
  'docker.io/library/debian': { size: 49_300_000, layers: 1, entrypoint: 'bash', env: [PATH] },
  'docker.io/library/nginx': {
    ...{ size: 61_200_000, layers: 7, entrypoint: '/docker-entrypoint.sh nginx -g "daemon off;"' },
    env: [PATH, 'NGINX_VERSION=1.29.3'],
  },
};

/** The image that a reference names, as docker completes it: `alpine:3.22` lies at `docker.io/library`. */
export function ociImage(reference: string): OciImage | undefined {
  const name = reference.replace(/:[^:/]*$/, '');
  const hasHost = /^[^/]*[.:][^/]*\//.test(name);
  const whole = hasHost ? name : `docker.io/${name.includes('/') ? '' : 'library/'}${name}`;
  return Object.hasOwn(REGISTRY, whole) ? REGISTRY[whole] : undefined;
}

/** The templates that Proxmox offers; `pveam update` brings their list to a node. */
export function applianceList(): Record<string, string>[] {
  return Object.keys(FILES)
    .filter((url) => url.startsWith('http://download.proxmox.com/'))
    .map((location) => {
      const template = location.slice(location.lastIndexOf('/') + 1);
      const [, name = '', version = ''] = /^(.+)_([^_]+)_amd64/.exec(template) ?? [];
      const [os = '', release = ''] = name.split('-');
      return {
        ...{ template, package: name, version, location, architecture: 'amd64', section: 'system' },
        ...{ type: 'lxc', os: `${os}-${release}`, source: location.slice(0, location.indexOf('/system')) },
        ...{
          headline: `LXC default image for ${os} ${release}`,
          sha512sum: remoteChecksum(location, 'sha512'),
        },
      };
    });
}
