import type { Config, Kind } from '../world/guest.ts';
import { readProperties, writeProperties } from '../world/property-string.ts';
import { macOf } from '../world/random.ts';

const sorted = (properties: Record<string, string>) => Object.fromEntries(Object.entries(properties).sort());

/** A VM's network card as the config keeps it: `virtio=BC:24:11:…,bridge=vmbr0`, with a MAC address made up if need be. */
function qemuNet(value: string, seed: string): string {
  const properties = readProperties(value, 'model');
  const short = Object.keys(properties).find((key) =>
    /^(?:e1000.*|i825.*|ne2k.*|pcnet|rtl8139|virtio|vmxnet3)$/.test(key),
  );
  const { model = short ?? 'virtio', macaddr, [short ?? '']: mac = macaddr, ...rest } = properties;
  delete rest.macaddr;
  const address = (mac ?? macOf(seed)).toUpperCase();
  return [`${model}=${address}`, writeProperties(sorted(rest), '')].filter(Boolean).join(',');
}

/** A container's network card: `name=eth0,bridge=…,hwaddr=…,type=veth`. */
function lxcNet(value: string, seed: string): string {
  const { name = 'eth0', ...rest } = readProperties(value, 'name');
  const properties: Record<string, string> = { type: 'veth', hwaddr: macOf(seed), ...rest };
  properties.hwaddr = (properties.hwaddr as string).toUpperCase();
  return `name=${name},${writeProperties(sorted(properties), '')}`;
}

/** Tags sorted, each once, joined with `;`. */
export function writeTags(tags: string): string {
  const all = tags.split(/[,;\s]+/).filter(Boolean);
  return [...new Set(all.map((tag) => tag.toLowerCase()))].sort().join(';');
}

/** Values as Proxmox writes them into a config: MAC addresses filled in, tags sorted, booleans as numbers. */
export function writtenValues(
  kind: Kind,
  vmid: number,
  values: Record<string, unknown>,
  count: number,
): Config {
  const written: Config = {};
  for (const [key, value] of Object.entries(values)) {
    const seed = `${kind} ${vmid} ${key} ${count}`;
    if (/^net\d+$/.test(key)) written[key] = (kind === 'qemu' ? qemuNet : lxcNet)(String(value), seed);
    else if (key === 'tags') written[key] = writeTags(String(value));
    else if (typeof value === 'boolean') written[key] = value ? 1 : 0;
    else written[key] = value as string | number;
  }
  return written;
}
