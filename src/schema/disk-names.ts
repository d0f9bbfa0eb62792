const DISK = /^(?:ide|sata|scsi|virtio|efidisk|tpmstate|unused|mp|rootfs|cdrom)\d*$/;

/** Whether a setting of a VM or container is one of its disks: `scsi0`, `unused1`, `mp2`, `rootfs`, `cdrom`. */
export function isDiskName(name: string): boolean {
  return DISK.test(name);
}
