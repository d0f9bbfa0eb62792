import type { FormatCheck, Formats, PropertyFormat } from './format.ts';
import { firewallFormats } from './format-firewall.ts';
import { idFormats } from './format-ids.ts';
import { networkFormats } from './format-network.ts';
import { propertyStringFormats } from './format-property-strings.ts';
import { storageFormats } from './format-storage.ts';
import { valueFormats } from './format-values.ts';

const ALL: Formats = {
  ...idFormats,
  ...networkFormats,
  ...storageFormats,
  ...valueFormats,
  ...firewallFormats,
  ...propertyStringFormats,
};

/** A named format, and whether it is asked of each entry of a list (`-list`) or only of a value that is there (`-opt`). */
export interface FoundFormat {
  check: FormatCheck | PropertyFormat;
  many: 'list' | 'opt' | undefined;
}

/**
 * Finds a format by the name it has in the API description. Undefined for a name not known here: PVE itself dies of
 * such a name, but ours would be a gap in this table, and so the value passes.
 */
export function formatNamed(name: string): FoundFormat | undefined {
  const [, base, many] = /^(.*?)(?:-(list|opt))?$/s.exec(name) as unknown as [
    string,
    string,
    FoundFormat['many'],
  ];
  return Object.hasOwn(ALL, base) ? { check: ALL[base] as FormatCheck | PropertyFormat, many } : undefined;
}
