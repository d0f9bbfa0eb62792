import { expect, test } from 'vitest';
import { createVirtualClock } from './virtual-clock.ts';

test('stands still until somebody sleeps, and wakes sleepers in order', async () => {
  const clock = createVirtualClock(1000);
  expect(clock.now()).toBe(1000);
  const woken: string[] = [];
  const sleep = async (name: string, ms: number) => {
    await clock.sleep(ms);
    woken.push(`${name} ${clock.now()}`);
  };
  await Promise.all([sleep('late', 3000), sleep('early', 1000), sleep('again', 1000)]);
  expect(woken).toEqual(['early 2000', 'again 2000', 'late 4000']);
});

test('somebody who sleeps again and again is not overtaken', async () => {
  const clock = createVirtualClock(0);
  const seen: number[] = [];
  const ticking = (async () => {
    for (let i = 0; i < 3; i++) {
      await clock.sleep(10);
      seen.push(clock.now());
    }
  })();
  await clock.sleep(25);
  seen.push(clock.now());
  await ticking;
  expect(seen).toEqual([10, 20, 25, 30]);
});

test('can be moved by hand', async () => {
  const clock = createVirtualClock(0);
  const slept = clock.sleep(100);
  clock.advance(500);
  await slept;
  expect(clock.now()).toBe(500);
});

test('a sleep that is aborted rejects with the reason and does not move time', async () => {
  const clock = createVirtualClock(0);
  const controller = new AbortController();
  const reason = new Error('enough');
  const slept = clock.sleep(100, controller.signal);
  controller.abort(reason);
  await expect(slept).rejects.toBe(reason);
  await expect(clock.sleep(1, controller.signal)).rejects.toBe(reason);
  expect(clock.now()).toBe(0);
});
