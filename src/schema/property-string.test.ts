import { expect, test } from 'vitest';
import { pveCatalog } from './pve-catalog.ts';
import { validate } from './validate.ts';

const method = pveCatalog().find('POST', '/nodes/pve/qemu')?.method;

/** What PVE answers for one setting of a new VM, without its first words. */
function refusal(name: string, value: string): string | undefined {
  if (!method) throw new Error('no such method');
  return validate(method, { node: 'pve', vmid: 100, [name]: value }).errors?.[name]?.replace(
    'invalid format - ',
    '',
  );
}

test.each([
  ['net0', 'virtio,bridge=vmbr0'],
  ['net0', 'virtio=BC:24:11:2A:3B:4C,bridge=vmbr0,firewall=1,tag=4094'],
  ['net0', 'model=virtio,macaddr=BC:24:11:2A:3B:4C'],
  ['net0', 'virtio,firewall=on,link_down=no'],
  ['scsi0', 'file=local:8,iothread=yes'],
  ['scsi0', 'volume=local:8'],
  ['scsi0', 'local:8,iops_rd_length=3'],
  ['scsi0', ' ,local:8,,'],
  ['ide2', 'none,media=cdrom'],
  ['ide2', 'local:iso/debian.iso,media=cdrom'],
  ['memory', '2048'],
  ['memory', 'current=2048'],
  ['boot', 'order=scsi0;ide2;net0'],
  ['boot', 'cdn'],
  ['cpu', 'x86-64-v2-AES,flags=+aes;-pcid'],
  ['cpu', 'custom-mine'],
  ['hostpci0', '0000:01:00.0;0000:01:00.1,pcie=1'],
  ['ipconfig0', 'ip=10.0.0.5/24,gw=10.0.0.1,ip6=auto'],
  ['startup', 'order=1,up=30,down=60'],
])('%s may be "%s"', (name, value) => expect(refusal(name, value)).toBeUndefined());

test.each([
  ['net0', 'virtio,bridge=a,bridge=b', 'duplicate key in comma-separated list property: bridge'],
  ['net0', 'virtio,e1000', 'duplicate key in comma-separated list property: model'],
  ['net0', 'model=e1000,virtio=BC:24:11:2A:3B:4C', "key alias 'model' is already defined"],
  ['net0', 'virtio,bridge=', 'missing key in comma-separated list property'],
  ['scsi0', 'file=local:8,volume=local:9', "key 'file' is already defined (via alias)"],
  ['ipconfig0', 'dhcp', 'value without key, but schema does not define a default key'],
  ['cpu', 'nosuch', "Built-in cputype 'nosuch' is not defined (missing 'custom-' prefix?)"],
  ['cpu', 'hidden=1', 'CPU is missing cputype'],
])('%s "%s": %s', (name, value, text) => expect(refusal(name, value)).toBe(`${text}\n`));

test.each([
  ['net0', 'bridge=vmbr0', 'net0.model: property is missing and it is not optional'],
  ['net0', 'virtio,tag=4095', 'net0.tag: value must have a maximum value of 4094'],
  ['net0', 'virtio,firewall=maybe', "net0.firewall: type check ('boolean') failed - got 'maybe'"],
  [
    'net0',
    'virtio=BD:24:11:2A:3B:4C',
    'net0.macaddr: invalid format - value does not look like a valid unicast MAC address\n',
  ],
  [
    'scsi0',
    'local:8,cache=fast',
    "scsi0.cache: value 'fast' does not have a value in the enumeration 'none, writethrough, writeback, unsafe, directsync'",
  ],
  ['scsi0', 'local:8,wwn=0x12', 'scsi0.wwn: value does not match the regex pattern'],
  ['memory', '15', 'memory.current: value must have a minimum value of 16'],
  ['ipconfig0', 'gw=10.0.0.1', "ipconfig0.ip: missing property required by 'ipconfig0.gw'"],
  ['boot', 'order=scsi31', "boot.order: invalid format - invalid boot device 'scsi31'\n"],
])('%s "%s": %s', (name, value, text) => expect(refusal(name, value)).toBe(`format error\n${text}\n`));
