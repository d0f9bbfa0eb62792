import { isDiskName } from '../schema/disk-names.ts';
import { type Row, text } from './read.ts';

/** A disk or mount point, as a guest's config has it. */
export interface GuestDisk {
  key: string;
  /** `local-lvm:vm-100-disk-0`, or a path of the node for what is bound or passed through. */
  volume: string;
  /** The storage that the volume names. */
  storage?: string;
  /** As the config writes it: `32G`. */
  size?: string;
}

/** The disks and mount points of a config, CD drives left out, in the config's order. */
export function disksOf(config: Row): GuestDisk[] {
  return Object.keys(config).flatMap((key) => {
    const value = text(config[key]);
    if (value === undefined || !isDiskName(key) || /^unused/.test(key)) return [];
    if (/(?:^|,)media=cdrom/.test(value) || /^none\b/.test(value)) return [];
    const volume = value.split(',')[0]?.replace(/^(?:file|volume)=/, '') ?? '';
    const storage = /^([A-Za-z][\w.-]*):/.exec(volume)?.[1];
    const size = /(?:^|,)size=(\d+(?:\.\d+)?[KMGT]?)(?:,|$)/.exec(value)?.[1];
    return [{ key, volume, ...(storage !== undefined && { storage }), ...(size !== undefined && { size }) }];
  });
}
