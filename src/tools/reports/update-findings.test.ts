import { expect, test } from 'vitest';
import {
  compareReleases,
  differences,
  kindOf,
  type NodeSoftware,
  newestKernel,
  nodeFindings,
  waiting,
} from './update-findings.ts';

const now = 1_795_365_000;
const installed = (name: string, version: string, candidate = version) => ({
  name,
  installed: version,
  candidate,
});
const kernels = (...releases: string[]) =>
  releases.map((one) => installed(`proxmox-kernel-${one}-pve-signed`, one));

/** What is found on a node of which this was seen, in short. */
const found = (seen: Partial<NodeSoftware>) =>
  nodeFindings({ node: 'n1', ...seen }, now).map(({ severity, what }) => `${severity}: ${what}`);

test.each([
  ['proxmox-kernel-6.17', 'Proxmox', '6.17.4-1', 'kernel'],
  ['qemu-server', 'Proxmox', '9.2.7', 'proxmox'],
  ['openssl', 'Debian', '3.5.4-1~deb13u2', 'stable-fix'],
  ['tzdata', 'Debian', '2026a-1', 'other'],
])('%s of %s is of the kind it is', (name, origin, candidate, kind) => {
  expect(kindOf({ name, origin, candidate })).toBe(kind);
});

test('releases are compared by their numbers, and only kernels that are installed count', () => {
  expect(['6.17.9-2-pve', '6.17.10-1-pve', '6.8.12-9-pve'].sort(compareReleases)).toEqual([
    ...['6.8.12-9-pve', '6.17.9-2-pve', '6.17.10-1-pve'],
  ]);
  const packages = [...kernels('6.17.9-2', '6.17.10-1'), { name: 'proxmox-kernel-7.0.1-1-pve-signed' }];
  expect(newestKernel({ packages: [...packages, installed('proxmox-kernel-helper', '9.0.4')] })).toBe(
    '6.17.10-1-pve',
  );
});

test('a reboot is needed where a newer kernel is installed than runs, and never claimed without knowing', () => {
  const reboot = 'warning: n1 needs a reboot: a newer kernel is installed than runs';
  const packages = kernels('6.17.2-1', '6.17.4-1');
  expect(found({ versions: { packages, runningKernel: '6.17.2-1-pve' } })).toEqual([reboot]);
  expect(found({ versions: { packages, runningKernel: '6.17.4-1-pve' } })).toEqual([]);
  expect(found({ versions: { packages } })).toEqual([]);
  expect(found({ versions: { packages: [], runningKernel: '6.18.44-fc-v657' } })).toEqual([]);
});

test('an API server older than its package wants a restart', () => {
  const versions = { packages: [installed('pve-manager', '9.2.11')], runningManager: '9.2.9' };
  expect(found({ versions })).toEqual(['warning: the API server of n1 still runs its old version']);
});

test('without the list of updates, the versions tell of some', () => {
  const versions = {
    packages: [installed('qemu-server', '9.2.6', '9.2.7'), installed('pve-manager', '9.2.11')],
  };
  const seen = { node: 'n1', versions };
  expect(waiting(seen)).toMatchObject({ all: false, packages: [{ name: 'qemu-server' }] });
  expect(waiting({ ...seen, pending: [] })).toEqual({ all: true, packages: [] });
});

const repositories = (...enabled: string[]) => ({ errors: [], warnings: [], enabled });

test.each<[Partial<NodeSoftware>, string[]]>([
  [{ repositories: repositories('no-subscription'), subscription: 'notfound' }, []],
  [{ repositories: repositories('enterprise'), subscription: 'active' }, []],
  // What could not be seen is not taken for missing.
  [{ repositories: repositories('enterprise') }, []],
  [
    { repositories: repositories('enterprise', 'ceph-squid-enterprise'), subscription: 'expired' },
    ['warning: n1 asks the enterprise, ceph-squid-enterprise repository but has no valid subscription'],
  ],
  [
    { repositories: repositories(), subscription: 'active' },
    ['warning: n1 gets no updates of Proxmox VE: no such repository'],
  ],
  [
    { repositories: { errors: ['/etc/apt/x.list: odd'], warnings: [], enabled: ['test'] } },
    [
      'warning: a repository file of n1 is broken',
      'note: n1 uses the test repository, which is not for production',
    ],
  ],
  [{ refreshes: { good: now - 3600 } }, []],
  [{ refreshes: {} }, []],
  [
    { refreshes: { good: now - 9 * 86_400 } },
    ['note: the package lists of n1 are old: newer updates are not seen'],
  ],
  [
    { refreshes: { failed: { at: now - 60, error: 'exit code 100' } } },
    ["warning: the package lists of n1 can't be refreshed: updates are not seen"],
  ],
])('where packages come from: %#', (seen, findings) => {
  expect(found(seen)).toEqual(findings);
});

test('what differs is named with who has it, the newest first; one that is unseen differs from none', () => {
  const node = (name: string, qemu: string): NodeSoftware => ({
    node: name,
    versions: { packages: [installed('qemu-server', qemu)], runningKernel: '6.17.2-1-pve' },
  });
  expect(
    differences([node('n1', '9.2.6'), node('n2', '9.2.10'), node('n3', '9.2.6'), { node: 'n4' }]),
  ).toEqual([
    {
      package: 'qemu-server',
      versions: [
        { version: '9.2.10', nodes: ['n2'] },
        { version: '9.2.6', nodes: ['n1', 'n3'] },
      ],
    },
  ]);
});
