import type { Call, Routes } from '../../call.ts';
import { sha1 } from '../../world/random.ts';
import type { Work } from '../../world/tasks.ts';
import { no, nodeOf, startTask } from '../find.ts';
import { assertUnchanged } from '../section-config.ts';
import { version } from '../version.ts';

const base = '/nodes/{node}/apt';

const packages: [name: string, title: string, version: string, section: string][] = [
  ['proxmox-ve', 'Proxmox Virtual Environment', '9.2.0', 'admin'],
  ['pve-manager', 'Proxmox Virtual Environment Management Tools', version, 'admin'],
  ['qemu-server', 'Qemu Server Tools', '9.2.6', 'admin'],
  ['pve-container', 'Proxmox VE Container management tool', '6.1.10', 'admin'],
  ['libpve-storage-perl', 'Proxmox VE storage management library', '9.1.6', 'perl'],
  ['pve-qemu-kvm', 'Full virtualization on x86 hardware', '10.0.13-1', 'admin'],
];

/**
 * `GET …/apt/versions`: the packages that matter, with each kernel that is installed. `OldVersion` is what is installed and
 * `Version` what could be.
 */
function versions(call: Call) {
  const node = nodeOf(call);
  const kernels = node.kernels.map((release): (typeof packages)[number] => [
    ...([`proxmox-kernel-${release}-signed`, 'Proxmox Kernel Image (signed)'] as const),
    ...([release.replace(/-pve$/, ''), 'admin'] as const),
  ]);
  return [...packages, ...kernels].map(([Package, Title, usual, Section]) => {
    const OldVersion = node.packages.get(Package) ?? usual;
    const Version = node.updates.find(({ name }) => name === Package)?.to ?? OldVersion;
    return {
      ...{ Package, Title, Version, OldVersion, Section, Priority: 'optional', Arch: 'amd64' },
      ...{ Origin: 'Proxmox', CurrentState: 'Installed', Description: Title },
      ...(Package === 'pve-manager' && { ManagerVersion: version }),
      ...(Package === 'proxmox-ve' && { RunningKernel: node.kernel.release }),
    };
  });
}

/** `GET …/apt/update`: what waits, as the lists of packages tell. */
function updates(call: Call) {
  return nodeOf(call).updates.map(({ name, title, section, origin, from, to }) => ({
    ...{ Package: name, Title: title, Description: title, Section: section, Origin: origin },
    ...{ Priority: 'optional', Arch: 'amd64', OldVersion: from, Version: to, NotifyStatus: to },
  }));
}

const digest = (call: Call) => sha1(`repositories of ${call.params.node}`);

const repository = (Suites: string, URIs: string, Components: string[]) => ({
  ...{ Types: ['deb'], URIs: [URIs], Suites: [Suites], Components, Enabled: 1, FileType: 'sources' },
});

/** `GET …/apt/repositories`: the plain set of a system without subscription, or of one that was never told to do without. */
function repositories(call: Call) {
  const { enterprise } = nodeOf(call);
  const debian = repository('trixie', 'http://deb.debian.org/debian', ['main', 'contrib']);
  const proxmox = repository('trixie', 'http://download.proxmox.com/debian/pve', ['pve-no-subscription']);
  const paid = repository('trixie', 'https://enterprise.proxmox.com/debian/pve', ['pve-enterprise']);
  const file = (name: string, repo: object) => ({
    ...{ path: `/etc/apt/sources.list.d/${name}.sources`, 'file-type': 'sources', digest: [] },
    repositories: [repo],
  });
  const standard = (handle: string, name: string, status: number | null) => ({
    ...{ handle, name, status, description: `${name} repository` },
  });
  return {
    files: [file('debian', debian), enterprise ? file('pve-enterprise', paid) : file('proxmox', proxmox)],
    ...{ errors: [], infos: [], digest: digest(call) },
    'standard-repos': [
      standard('enterprise', 'Enterprise', enterprise ? 1 : null),
      standard('no-subscription', 'No-Subscription', enterprise ? null : 1),
      standard('test', 'Test', null),
    ],
  };
}

/** `POST …/apt/update`: fetches the lists of packages. */
function refresh(call: Call): string {
  return startTask(call, nodeOf(call), 'aptupdate', '', function* (log): Work {
    if (!call.params.quiet) log('starting apt-get update');
    yield 3000;
    // The repository for subscribers answers 401 to anybody else.
    if (nodeOf(call).enterprise) throw no("command 'apt-get update' failed: exit code 100");
    if (!call.params.quiet) log('Reading package lists...');
    return undefined;
  });
}

/** Packages and their sources. */
export const nodeSoftwareRoutes: Routes = {
  [`GET ${base}`]: () => ['changelog', 'repositories', 'update', 'versions'].map((id) => ({ id })),
  [`GET ${base}/update`]: updates,
  [`POST ${base}/update`]: refresh,
  [`GET ${base}/versions`]: versions,
  [`GET ${base}/changelog`]: ({ params }) =>
    packages.some(([name]) => name === params.name)
      ? `${params.name} (${params.version ?? version}) trixie; urgency=medium\n`
      : `E: Unable to locate package ${params.name}\nRC: 100`,
  [`GET ${base}/repositories`]: repositories,
  [`POST ${base}/repositories`]: (call) => {
    const { path, index, digest: given } = call.params;
    assertUnchanged(digest(call), given);
    const file = repositories(call).files.find((one) => one.path === path);
    if (!file) throw no(`invalid path: ${path}`);
    if (index >= file.repositories.length) throw no(`invalid index: ${index}`);
    return null;
  },
  [`PUT ${base}/repositories`]: (call) => {
    assertUnchanged(digest(call), call.params.digest);
    return null;
  },
};
