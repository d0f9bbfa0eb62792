import { describe, expect, test } from 'vitest';
import { lab } from '../lab.ts';

// Texts and rules from PVE 9.2's own bulk actions.
const bulk = '/cluster/bulk-action/guest';
const vms = (...ids: number[]) => ids.map((id) => `vms=${id}`).join('&');

async function done(line: string, body = '') {
  const room = lab('demo');
  const answer = await room.task(line, body);
  return { ...room, answer };
}

describe('many guests at once', () => {
  test('start takes the templates and what HA has out, unless it is named', async () => {
    const { answer, world } = await done(`POST ${bulk}/start`);
    expect(answer).toMatchObject({ type: 'bulk-start' });
    expect(answer.log[0]).toBe('Starting all guests');
    expect(answer.log).toContain('Starting VM 106');
    expect(answer.log).toContain('Starting CT 203');
    expect(answer.log.join('\n')).not.toMatch(/9000|\b103\b/);
    expect(world.guest(203)?.running).toBe(true);
  });

  test('what runs already is skipped with a warning', async () => {
    const { answer } = await done(`POST ${bulk}/start`, vms(100, 106));
    expect(answer.log.slice(0, 3)).toEqual([
      'Starting guests: 100, 106',
      'WARN: Skipping VM 100, already running.',
      'Starting VM 106',
    ]);
    expect(answer.exitstatus).toBe('WARNINGS: 1');
  });

  test('shutdown goes over every node, and each guest has a task of its own', async () => {
    const { answer, world, data } = await done(`POST ${bulk}/shutdown`, vms(100, 101, 202));
    expect(answer.exitstatus).toBe('OK');
    expect([100, 101, 202].map((vmid) => world.guest(vmid)?.status)).toEqual([
      'stopped',
      'stopped',
      'stopped',
    ]);
    const tasks = await data('GET /nodes/pve2/tasks?typefilter=qmshutdown');
    expect(tasks).toMatchObject([{ id: '101', status: 'OK' }]);
  });

  test('suspend is for VMs', async () => {
    const { answer, world } = await done(`POST ${bulk}/suspend`, vms(100, 200));
    expect(answer.log).toContain('WARN: skipping 200, only VMs can be suspended');
    expect(world.guest(100)?.paused).toBe(true);
  });

  test('migrate says which guests could not go', async () => {
    const { answer, world } = await done(`POST ${bulk}/migrate`, `${vms(100, 106)}&target=pve3`);
    expect(answer.log[0]).toBe('Migrating guests to pve3: 100, 106');
    expect(answer.log).toContain("WARN: can't migrate running VM without --online");
    expect(answer.exitstatus).toBe('Some guests failed to migrate 100');
    expect([100, 106].map((vmid) => world.guest(vmid)?.node)).toEqual(['pve1', 'pve3']);
  });

  test.each([
    ['start', '', '/, VM.PowerMgmt'],
    ['shutdown', 'vms=200', '/vms/200, VM.PowerMgmt'],
    ['migrate', 'vms=100&target=pve2', '/vms/100, VM.Migrate'],
    ['suspend', 'vms=100&to-disk=1', '/vms/100, VM.Config.Disk'],
  ])('%s %s is refused without the privilege', async (name, body, what) => {
    const { call } = lab('demo');
    const { status, reason } = await call(`POST ${bulk}/${name}`, body, 'alice@pve');
    expect([status, reason]).toEqual([403, `Permission check failed (${what})`]);
  });
});

describe('migrateall', () => {
  test.each([
    ['target=pve1&max-workers=1', 400, 'Parameter verification failed.'],
    ['target=pve9&max-workers=1', 500, "no such cluster node 'pve9'"],
    ['target=pve2', 500, "either 'max-workers' parameter or max_workers in datacenter.cfg must be set!"],
  ])('%s is refused', async (body, status, reason) => {
    const { call } = lab('demo');
    expect(await call('POST /nodes/pve1/migrateall', body)).toMatchObject({ status, reason });
  });

  test('running VMs with local disks stay, unless they may take them along', async () => {
    const stay = await done('POST /nodes/pve1/migrateall', 'target=pve2&max-workers=2&vms=100,204');
    expect(stay.answer.log).toContain('  Has local disks: local-lvm:vm-100-disk-0');
    expect(stay.answer.log.at(-2)).toBe('All jobs finished, used 1 workers in total.');
    expect([100, 204].map((vmid) => stay.world.guest(vmid)?.node)).toEqual(['pve1', 'pve2']);
    const go = await done('POST /nodes/pve1/migrateall', 'target=pve2&max-workers=2&with-local-disks=1');
    expect(go.world.guestsOn('pve1')).toEqual([]);
    expect(go.world.guest(100)?.running).toBe(true);
  });
});
