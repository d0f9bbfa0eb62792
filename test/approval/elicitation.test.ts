import { expect, test } from 'vitest';
import { served, WAYS } from '../connect.ts';
import { changesAt, DESTROY, withPerson, YES } from './house.ts';

const policy = { approve: 'danger' } as const;

test.each(WAYS)('a person at a %s client approves a change, and it runs once', async (way) => {
  const house = await served({ policy });
  let sentBefore: string[] = ['not asked'];
  const { call, asked } = await withPerson(house, way, () => {
    sentBefore = changesAt(house.simulator);
    return YES;
  });

  const answer = await call('proxmox_api_call', DESTROY);

  expect(answer.isError, answer.text).toBe(false);
  expect(sentBefore).toEqual([]);
  expect(changesAt(house.simulator)).toEqual(['DELETE /nodes/pve1/qemu/9000']);
  expect(house.simulator.world.guests.has(9000)).toBe(false);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.message).toContain('DELETE /nodes/pve1/qemu/9000');
  expect(house.ledger.entries).toMatchObject([
    { approval: 'elicitation', plan: expect.stringMatching(/^[0-9a-z]{12}$/), client: 'test 1' },
  ]);
  expect(house.mistakes).toEqual([]);
});
