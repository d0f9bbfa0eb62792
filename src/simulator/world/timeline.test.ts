import { expect, test } from 'vitest';
import { Timeline } from './timeline.ts';

function start() {
  let now = 1000;
  const timeline = new Timeline({ now: () => now, sleep: async () => undefined });
  const until = (time: number) => {
    now = time;
    timeline.settle();
  };
  return { timeline, until };
}

test('what is due happens in order, each at its own moment', () => {
  const { timeline, until } = start();
  const seen: [string, number][] = [];
  const note = (name: string) => () => seen.push([name, timeline.now()]);
  timeline.after(20, note('late'));
  timeline.after(10, note('early'));
  timeline.after(10, note('second'));
  until(1009);
  expect(seen).toEqual([]);
  until(5000);
  expect(seen).toEqual([
    ['early', 1010],
    ['second', 1010],
    ['late', 1020],
  ]);
  expect(timeline.now()).toBe(5000);
});

test('an event may add another that is due by then', () => {
  const { timeline, until } = start();
  const seen: number[] = [];
  timeline.after(10, () => timeline.after(10, () => seen.push(timeline.now())));
  until(1500);
  expect(seen).toEqual([1020]);
});
