import { expect, test } from 'vitest';
import { changesAt } from '../../../test/approval/house.ts';
import { connect } from '../../../test/connect.ts';

test('sets what is given, and shows before and after', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const { text, data } = await call('configure_guest', {
    guest: 'lab-ct',
    cores: 2,
    memory: 2048,
    tags: '+new,-lab',
  });
  expect(text.split('\n')).toEqual([
    '203 lab-ct on pve3: configured',
    expect.stringMatching(/^cores: .* -> 2$/),
    'memory: 1024 -> 2048',
    'tags: lab -> new',
  ]);
  expect(data).toMatchObject({ changes: [{ key: 'cores', after: '2' }, { key: 'memory' }, { key: 'tags' }] });
  expect(cluster.guests.get(203)?.config.memory).toBe(2048);
});

test('the change is guarded by the digest of what was read', async () => {
  const { call, ledger, cluster } = await connect({ seed: 'demo' });
  const digest = cluster.guests.get(106)?.digest;
  await call('configure_guest', { guest: 106, cores: 3 });
  expect(ledger.entries[0]?.request.params).toMatchObject({ digest });
});

test('what a running VM takes only after a restart is said', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, data } = await call('configure_guest', { guest: 100, cores: 6 });
  expect(text).toContain('cores: 4 -> 6 (waits for a restart)');
  expect(text).toContain('Not in effect until it is shut down and started again (power_guest): cores.');
  expect(data).toMatchObject({ changes: [{ key: 'cores', pending: true }] });
});

test('grows a disk by or to a size, and moves one, as steps of one call', async () => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text } = await call('configure_guest', {
    guest: 106,
    notes: 'moved',
    grow: 'scsi0=+20G',
    move: { scsi0: 'nas' },
  });
  // The move of 80 GiB takes longer than a call may.
  expect(text).toMatch(
    /^106 legacy-erp on pve2: STILL RUNNING\. Follow it with get_task upid=UPID:\S*qmmove/,
  );
  expect(text).toMatch(/scsi0: local-lvm:\S*size=60G -> local-lvm:\S*size=80G/);
  expect(text).toContain('3. move scsi0 to nas: RUNNING');
  expect(changesAt(simulator)).toEqual([
    'POST /nodes/pve2/qemu/106/config',
    'PUT /nodes/pve2/qemu/106/resize',
    'POST /nodes/pve2/qemu/106/move_disk',
  ]);
});

test('a network card keeps its MAC address and what was not named', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const before = String(cluster.guests.get(106)?.config.net0);
  const { text, isError } = await call('configure_guest', { guest: 106, net: { net0: 'tag=20,firewall=1' } });
  expect(isError, text).toBe(false);
  const after = String(cluster.guests.get(106)?.config.net0);
  expect(after).toContain(before.split(',')[0]);
  expect(after).toMatch(/tag=20/);
  expect(after).toMatch(/bridge=vmbr0/);
});

test('what is so already is nothing to do', async () => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text } = await call('configure_guest', { guest: 100, cores: 4, grow: 'scsi0=32G', tags: '+web' });
  expect(text).toBe('100 web1 on pve1: nothing to do, it is so already');
  expect(changesAt(simulator)).toEqual([]);
});

test.each([
  ['shrinking', { guest: 100, grow: 'scsi0=16G' }, /scsi0 has 32G, and a disk can't be made smaller/],
  ['a disk that is not there', { guest: 100, grow: 'scsi7=+1G' }, /It has no disk scsi7[\s\S]*scsi0 \(32G\)/],
  ['a size that is none', { guest: 100, grow: 'scsi0=lots' }, /lots is no size/],
  ['nothing', { guest: 100 }, /Nothing to change was given/],
  [
    'an unknown key',
    { guest: 100, set: { colour: 'red' } },
    /Nothing was changed: Proxmox would refuse colour: unknown/,
  ],
  ['a name that Proxmox refuses', { guest: 100, name: 'my web' }, /would refuse name: .*DNS name/],
  [
    'a disk with snapshots moved',
    { guest: 100, move: 'scsi0=nas' },
    /100 has snapshots \(after-upgrade, before-upgrade\)/,
  ],
  [
    'a running container moved',
    { guest: 200, move: 'rootfs=nas' },
    /200 is running: its volumes can't be moved/,
  ],
  ['both ways of tags', { guest: 100, tags: 'a,+b' }, /tags mixes both ways/],
  ['an unknown guest', { guest: 'x9', cores: 1 }, /There is no guest x9/],
] as const)('%s: refused with the reason, nothing done', async (_what, args, told) => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text, isError } = await call('configure_guest', args);
  expect(isError).toBe(true);
  expect(text).toMatch(told);
  expect(changesAt(simulator)).toEqual([]);
});

test('taking a protection off needs a person', async () => {
  const { call, simulator } = await connect({ seed: 'demo', policy: { approve: 'danger' } });
  const { text } = await call('configure_guest', { guest: 102, set: { protection: 0 } });
  expect(text).toMatch(/^Error \(needs_approval\)/);
  expect(changesAt(simulator)).toEqual([]);
});

test('somebody who changed it in between is a plain sentence', async () => {
  const { call } = await connect({
    seed: 'demo',
    ...(await meddled()),
  });
  const { text } = await call('configure_guest', { guest: 203, cores: 2 });
  expect(text).toMatch(
    /Somebody changed the configuration of 203 lab-ct on pve3 in between\. Nothing was changed/,
  );
});

/** A cluster where another admin is always a moment faster. */
async function meddled() {
  const { createSimulator } = await import('../../simulator/simulator.ts');
  const simulator = createSimulator({ seed: 'demo' });
  const send: typeof simulator.fetch = (request) => {
    if (request.method === 'PUT') simulator.world.guests.get(203)?.set({ onboot: 1 });
    return simulator.fetch(request);
  };
  return { simulator, send };
}

test('its node must be there', async () => {
  const { call } = await connect();
  expect((await call('configure_guest', { guest: 102, cores: 1 })).text).toMatch(/its node is not online/);
});
