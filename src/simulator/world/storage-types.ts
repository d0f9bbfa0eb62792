const shared = 'nodes disable content bwlimit';
const files = 'content-dirs prune-backups max-protected-backups format mkdir create-base-path create-subdirs';

/** What each type of storage cannot do without and never changes, and what else it takes; as PVE 9.2 documents it. */
const types: Record<string, { fixed: string; options: string }> = {
  btrfs: {
    ...{
      fixed: 'path',
      options: `${shared} prune-backups max-protected-backups format shared is_mountpoint`,
    },
  },
  cephfs: {
    fixed: '',
    options: `${shared} ${files} path monhost subdir options username fuse keyring fs-name`,
  },
  cifs: {
    fixed: 'server share',
    options: `${shared} ${files} path subdir username password domain smbversion preallocation options snapshot-as-volume-chain`,
  },
  dir: {
    ...{
      fixed: 'path',
      options: `${shared} ${files} shared is_mountpoint preallocation snapshot-as-volume-chain`,
    },
  },
  esxi: { fixed: 'server username', options: `${shared} shared password skip-cert-verification port` },
  iscsi: { fixed: 'portal target', options: shared },
  iscsidirect: { fixed: 'portal target', options: shared },
  lvm: {
    fixed: 'vgname',
    options: `${shared} shared saferemove saferemove-stepsize saferemove_throughput base tagged_only snapshot-as-volume-chain`,
  },
  lvmthin: { fixed: 'thinpool vgname', options: shared },
  nfs: {
    ...{
      fixed: 'server export',
      options: `${shared} ${files} path options preallocation snapshot-as-volume-chain`,
    },
  },
  pbs: {
    fixed: 'server datastore',
    options: `${shared} namespace port username password encryption-key master-pubkey prune-backups max-protected-backups fingerprint`,
  },
  rbd: { fixed: '', options: `${shared} monhost pool data-pool namespace username krbd keyring` },
  zfs: {
    fixed: 'portal target pool blocksize iscsiprovider',
    options: `${shared} nowritecache sparse comstar_hg comstar_tg lio_tpg zfs-base-path`,
  },
  zfspool: { fixed: 'pool', options: `${shared} blocksize sparse mountpoint` },
};

/** Names by type of storage. */
export function storageOptions(type: string): { fixed: readonly string[]; all: ReadonlySet<string> } {
  const { fixed = '', options = '' } = types[type] ?? {};
  const names = fixed.split(' ').filter(Boolean);
  return { fixed: names, all: new Set([...names, ...options.split(' ')]) };
}
