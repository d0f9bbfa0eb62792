import { expect, test } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { served } from '../connect.ts';
import { changesAt, withPerson, YES } from './house.ts';

const IMAGE = 'https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2';

/** A call of every tool that changes something, and to how many changes it comes on the demo cluster. */
const CALLS: readonly (readonly [string, Record<string, unknown>, number])[] = [
  ['power_guest', { guests: ['105', 100], action: 'reboot' }, 2],
  ['stop_guest', { guest: '100' }, 1],
  ['configure_guest', { guest: 100, memory: '8192', grow: 'scsi0=+5G', tags: '+x' }, 2],
  ['clone_guest', { guest: 9000, name: 'web4' }, 2],
  ['create_vm', { image: IMAGE, name: 'x', disk: '20' }, 4],
  ['create_container', { image: 'docker.io/library/nginx:1.29' }, 3],
  ['fetch_image', { image: IMAGE }, 1],
  ['migrate_guest', { guest: 100, to: ['pve2'] }, 1],
  ['delete_guest', { guest: 100, stop: 'true' }, 2],
  ['snapshot_guest', { guests: [100, 200], action: 'create' }, 2],
  ['rollback_guest', { guest: 100, snapshot: 'after-upgrade' }, 2],
  ['delete_snapshot', { guests: 'all', older_days: '1' }, 3],
  ['backup_guest', { guests: [200, 101] }, 2],
  ['restore_backup', { backup: 200, start: true }, 1],
  ['run_in_guest', { guest: 100, command: 'uname -a' }, 1],
  ['guest_files', { guest: 100, path: '/etc/motd', content: 'hi\n' }, 1],
];
const demo = () => served({ simulator: createSimulator({ seed: 'demo' }), policy: { approve: 'change' } });

// In the newest protocol revision an approved call is made again: what it chooses by itself must be the same then.
test.each(CALLS)('%s: a person is asked once, and its work is done once', async (tool, args, count) => {
  for (const way of ['modern', 'streamable'] as const) {
    const house = await demo();
    let before: string[] = ['not asked'];
    const { call, asked } = await withPerson(house, way, () => {
      before = changesAt(house.simulator);
      return YES;
    });
    const { text, isError } = await call(tool, args);
    expect(isError, text).toBe(false);
    expect(before).toEqual([]);
    expect(asked).toHaveLength(1);
    const changes = changesAt(house.simulator);
    expect(changes).toHaveLength(count);
    expect(new Set(changes).size).toBe(count);
    expect(house.mistakes).toEqual([]);
  }
});

test.each(CALLS)('%s: a no changes nothing', async (tool, args) => {
  for (const way of ['modern', 'streamable'] as const) {
    const house = await demo();
    const { call, asked } = await withPerson(house, way, () => ({ action: 'decline' }));
    const { text, isError } = await call(tool, args);
    expect(isError, text).toBe(true);
    expect(asked).toHaveLength(1);
    expect(changesAt(house.simulator)).toEqual([]);
  }
});
