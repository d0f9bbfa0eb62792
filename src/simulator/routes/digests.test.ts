import { describe, expect, test } from 'vitest';
import { lab } from './lab.ts';

// What a plan was made on must still be so when it is done: every config that PVE guards answers a digest, and refuses a
// change that names an older one. Texts from PVE's own sources.
type Fields = Record<string, string | number>;

interface Guarded {
  /** Made beforehand. */
  made?: [line: string, form: Fields][];
  /** Where the digest is read: of the answer itself, of its first row, or of its last. */
  read: string;
  /** A change that takes, named with the digest. */
  change: string;
  form: Fields;
  /** Another one in between. */
  between: [line: string, form: Fields];
  /** How the refusal starts; `status` is 500 unless it is said. */
  before?: string;
  status?: number;
}

const zone: [string, Fields] = ['POST /cluster/sdn/zones', { zone: 'z1', type: 'simple' }];
const vnet: [string, Fields] = ['POST /cluster/sdn/vnets', { vnet: 'vn1', zone: 'z1' }];
const rule: Fields = { type: 'in', action: 'ACCEPT' };
const alias: [string, Fields] = ['POST /cluster/firewall/aliases', { name: 'web', cidr: '192.0.2.1' }];
const set: [string, Fields] = ['POST /cluster/firewall/ipset', { name: 'set1' }];
const inSet = '/cluster/firewall/ipset/set1';

const guarded: Record<string, Guarded> = {
  'a container': {
    ...{ read: '/nodes/pve1/lxc/204/config', change: 'PUT /nodes/pve1/lxc/204/config' },
    ...{
      form: { description: 'mine' },
      between: ['PUT /nodes/pve1/lxc/204/config', { description: 'theirs' }],
    },
  },
  'the firewall of the cluster': {
    ...{ read: '/cluster/firewall/options', change: 'PUT /cluster/firewall/options' },
    ...{ form: { ebtables: 0 }, between: ['PUT /cluster/firewall/options', { ebtables: 1 }] },
  },
  'the firewall of a guest': {
    ...{ read: '/nodes/pve1/qemu/100/firewall/options', change: 'PUT /nodes/pve1/qemu/100/firewall/options' },
    ...{ form: { enable: 1 }, between: ['PUT /nodes/pve1/qemu/100/firewall/options', { dhcp: 1 }] },
  },
  'the firewall of a node': {
    ...{ read: '/nodes/pve1/firewall/options', change: 'PUT /nodes/pve1/firewall/options' },
    ...{ form: { enable: 1 }, between: ['PUT /nodes/pve1/firewall/options', { ndp: 1 }] },
  },
  'a rule': {
    made: [['POST /cluster/firewall/rules', rule]],
    ...{ read: '/cluster/firewall/rules', change: 'PUT /cluster/firewall/rules/0', form: { enable: 1 } },
    between: ['POST /cluster/firewall/rules', rule],
  },
  'an alias': {
    made: [alias],
    ...{ read: '/cluster/firewall/aliases', change: 'PUT /cluster/firewall/aliases/web' },
    form: { cidr: '192.0.2.2' },
    between: ['POST /cluster/firewall/aliases', { name: 'mail', cidr: '192.0.2.3' }],
  },
  'an entry of a set': {
    made: [set, [`POST ${inSet}`, { cidr: '10.0.0.0/8' }]],
    ...{ read: inSet, change: `PUT ${inSet}/10.0.0.0/8`, form: { comment: 'mine' } },
    between: [`POST ${inSet}`, { cidr: '11.0.0.0/8' }],
  },
  'a storage': {
    ...{ read: '/storage/nas', change: 'PUT /storage/nas', form: { bwlimit: 'default=1000' } },
    ...{ between: ['PUT /storage/nas', { nodes: 'pve1,pve2' }], before: 'update storage failed: ' },
  },
  'an HA resource': {
    ...{ read: '/cluster/ha/resources/vm:103', change: 'PUT /cluster/ha/resources/vm:103' },
    ...{ form: { comment: 'mine' }, between: ['PUT /cluster/ha/resources/vm:103', { max_restart: 3 }] },
    before: 'update resources config failed: ',
  },
  'a zone': {
    made: [zone],
    ...{ read: '/cluster/sdn/zones/z1', change: 'PUT /cluster/sdn/zones/z1', form: { mtu: 1400 } },
    ...{ between: ['PUT /cluster/sdn/zones/z1', { mtu: 1300 }], before: 'update sdn zone object failed: ' },
  },
  'a virtual network': {
    made: [zone, vnet],
    ...{ read: '/cluster/sdn/vnets/vn1', change: 'PUT /cluster/sdn/vnets/vn1', form: { alias: 'mine' } },
    ...{
      between: ['PUT /cluster/sdn/vnets/vn1', { alias: 'theirs' }],
      before: 'update sdn vnet object failed: ',
    },
  },
  'a mapping': {
    made: [['POST /cluster/mapping/usb', { id: 'key', map: 'node=pve1,id=1234:5678' }]],
    ...{ read: '/cluster/mapping/usb/key', change: 'PUT /cluster/mapping/usb/key' },
    form: { map: 'node=pve1,id=1234:5679' },
    between: ['PUT /cluster/mapping/usb/key', { map: 'node=pve2,id=1234:5678' }],
    before: 'update hardware mapping failed: ',
  },
  'a matcher of notifications': {
    ...{ read: '/cluster/notifications/matchers/default-matcher', status: 400 },
    ...{ change: 'PUT /cluster/notifications/matchers/default-matcher', form: { comment: 'mine' } },
    between: ['PUT /cluster/notifications/matchers/default-matcher', { comment: 'theirs' }],
  },
  'the notes of a node': {
    ...{ read: '/nodes/pve1/config', change: 'PUT /nodes/pve1/config', form: { description: 'mine' } },
    between: ['PUT /nodes/pve1/config', { description: 'theirs' }],
  },
};

const modified = 'detected modified configuration - file changed by other user? Try again.';

describe('a digest guards', () => {
  test.each(Object.entries(guarded))(
    '%s',
    async (_name, { made = [], read, change, form, between, ...refused }) => {
      const { data, refusal } = lab('demo');
      for (const [line, fields] of made) await data(line, fields);
      const digest = async () => {
        const answer = await data(`GET ${read}`);
        return (Array.isArray(answer) ? answer[0] : answer).digest;
      };
      const stale = await digest();
      expect(stale).toMatch(/^[0-9a-f]{40}$/);
      expect(await refusal(...between)).toEqual([200, 'OK']);
      expect(await digest()).not.toBe(stale);
      expect(await refusal(change, { ...form, digest: stale })).toEqual([
        ...[refused.status ?? 500, `${refused.before ?? ''}${modified}`],
      ]);
      expect(await refusal(change, { ...form, digest: await digest() })).toEqual([200, 'OK']);
    },
  );

  test('a VM, which has words of its own', async () => {
    const { data, refusal } = lab('demo');
    const vm = '/nodes/pve1/qemu/100/config';
    const { digest } = await data(`GET ${vm}`);
    await data(`PUT ${vm}`, { description: 'theirs' });
    for (const verb of ['PUT', 'POST']) {
      expect(await refusal(`${verb} ${vm}`, { description: 'mine', digest })).toEqual([
        ...[500, 'checksum mismatch (file change by other user?)'],
      ]);
    }
  });

  test('disks that are resized or moved', async () => {
    const { data, refusal, task } = lab('demo');
    const stale = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
    const vm = '/nodes/pve1/qemu/100';
    const to = { storage: 'nas', digest: stale };
    expect(await refusal(`POST ${vm}/move_disk`, { disk: 'scsi0', ...to })).toEqual([500, modified]);
    expect(await task(`PUT ${vm}/resize`, { disk: 'scsi0', size: '+1G', digest: stale })).toMatchObject({
      exitstatus: 'checksum mismatch (file change by other user?)',
    });
    expect(
      await refusal('PUT /nodes/pve1/lxc/204/resize', { disk: 'rootfs', size: '+1G', digest: stale }),
    ).toEqual([...[500, modified]]);
    const stopped = '/nodes/pve3/lxc/203';
    const { digest } = await data(`GET ${stopped}/config`);
    expect(await refusal(`POST ${stopped}/move_volume`, { volume: 'rootfs', ...to })).toEqual([
      500,
      modified,
    ]);
    // Past the digest it hears that nas takes no containers.
    const [status] = await refusal(`POST ${stopped}/move_volume`, { volume: 'rootfs', ...to, digest });
    expect(status).toBe(400);
  });
});
