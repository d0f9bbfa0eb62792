import { bootDrive, isDriveKey, readDrive } from '../world/drives.ts';
import type { Config } from '../world/guest.ts';

/** What a new VM boots from when it does not say: its first disk, first CD drive and first network card. */
export function defaultBoot({ boot: _, ...config }: Config): string | undefined {
  const keys = Object.keys(config).sort();
  const isCdrom = (key: string) =>
    isDriveKey('qemu', key) && readDrive('qemu', key, String(config[key])).cdrom;
  const devices = [bootDrive(config)?.key, keys.find(isCdrom), keys.find((key) => /^net\d+$/.test(key))];
  const present = devices.filter((key) => key !== undefined);
  return present.length > 0 ? `order=${present.join(';')}` : undefined;
}
