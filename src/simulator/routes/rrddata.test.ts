import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Grids and fields as recorded on PVE 9.2.
test.each([
  ['hour', 60, 60],
  ['day', 1440, 60],
  ['week', 336, 1800],
  ['month', 1440, 1800],
  ['year', 1440, 21_600],
])('%s has %i points, %i seconds apart', async (timeframe, points, step) => {
  const { data, world } = lab();
  const rows = await data(`GET /nodes/pve1/rrddata?timeframe=${timeframe}`);
  expect(rows).toHaveLength(points);
  expect(rows[1].time - rows[0].time).toBe(step);
  expect(rows.at(-1).time % step).toBe(0);
  expect(world.seconds() - rows.at(-1).time).toBeLessThan(2 * step);
});

test('a point before anything was measured has its time alone', async () => {
  const { data } = lab();
  const rows = await data('GET /nodes/pve1/rrddata?timeframe=year');
  expect(Object.keys(rows[0])).toEqual(['time']);
  expect(rows.at(-1)).toMatchObject({ memtotal: 128 * 1024 ** 3, arcsize: 0 });
});

test("a VM's point has the fields of PVE 9, and the same answer comes twice", async () => {
  const { data } = lab();
  const ask = () => data('GET /nodes/pve1/qemu/100/rrddata?timeframe=hour');
  const rows = await ask();
  expect(Object.keys(rows.at(-1)).sort()).toEqual([
    ...[
      'cpu',
      'disk',
      'diskread',
      'diskwrite',
      'maxcpu',
      'maxdisk',
      'maxmem',
      'mem',
      'memhost',
      'netin',
      'netout',
    ],
    ...['pressurecpufull', 'pressurecpusome', 'pressureiofull', 'pressureiosome', 'pressurememoryfull'],
    ...['pressurememorysome', 'time'],
  ]);
  expect(await ask()).toEqual(rows);
  expect(new Set(rows.map(({ cpu }: { cpu: number }) => cpu)).size).toBeGreaterThan(50);
});
