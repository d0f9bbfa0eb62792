import { expect, test } from 'vitest';
import { disksOf, hasAgent, nicsOf, readPending } from './guest-config.ts';

// Lines as recorded on PVE 9.2.
const recorded = [
  { key: 'digest', value: '947d8ccb7640e9b9d657f92bf5cde004bd134479' },
  { key: 'agent', value: 'enabled=1' },
  { key: 'scsi0', value: 'local:100/vm-100-disk-0.raw,size=1G' },
  { value: 'socket', delete: 1, key: 'serial0' },
  { key: 'net0', value: 'virtio=BC:24:11:76:79:97,bridge=vmbr0' },
  { value: '256', key: 'memory', pending: '300' },
  { key: 'ide2', value: 'local:iso/labguest.iso,media=cdrom,size=16186K' },
];

test('reads what is, and what a restart would make of it', () => {
  const { config, pending } = readPending(recorded);
  expect(config.get('memory')).toBe('256');
  expect(pending).toEqual([
    { key: 'serial0', before: 'socket' },
    { key: 'memory', before: '256', after: '300' },
  ]);
  expect(disksOf(config)).toEqual([
    { key: 'ide2', volume: 'local:iso/labguest.iso', storage: 'local', size: '16186K', use: 'cdrom' },
    { key: 'scsi0', volume: 'local:100/vm-100-disk-0.raw', storage: 'local', size: '1G' },
  ]);
  expect(nicsOf(config)).toEqual([
    { key: 'net0', model: 'virtio', mac: 'BC:24:11:76:79:97', bridge: 'vmbr0', ips: [] },
  ]);
  expect(hasAgent(config)).toBe(true);
});

test('a container has its addresses in its cards; a bind mount lies on no storage', () => {
  const config = new Map([
    [
      'net0',
      'name=eth0,bridge=vmbr1,hwaddr=BC:24:11:00:00:01,ip=192.0.2.5/24,ip6=auto,tag=20,firewall=1,type=veth',
    ],
    ['mp0', '/srv/data,mp=/data'],
  ]);
  expect(nicsOf(config)).toEqual([
    {
      ...{ key: 'net0', name: 'eth0', model: 'veth', mac: 'BC:24:11:00:00:01', bridge: 'vmbr1' },
      ...{ tag: 20, firewall: true, ips: ['192.0.2.5/24', 'auto'] },
    },
  ]);
  expect(disksOf(config)).toEqual([{ key: 'mp0', volume: '/srv/data', mount: '/data' }]);
  expect(hasAgent(config)).toBe(false);
});
