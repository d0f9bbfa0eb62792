import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

test('metrics of a guest over a day: figures people read, and the same as numbers', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, data } = await call('get_metrics', { guest: 'db1', since: '24h', metrics: 'cpu,memory' });
  expect(text).toMatch(/^102 db1 \(qemu on pve1\), .* UTC to .* UTC, 1440 points of 1 min$/m);
  expect(text).toMatch(/^METRIC +MIN +AVG +P95 +MAX +LAST +TREND$/m);
  const [cpu, memory] = (data as { metrics: unknown }).metrics as {
    metric: string;
    min: number;
    max: number;
    points: unknown[];
  }[];
  expect(cpu).toMatchObject({ metric: 'cpu', points: expect.any(Array) });
  expect(cpu?.max).toBeLessThanOrEqual(1);
  expect(memory?.min).toBeGreaterThan(0);
  expect(cpu?.points).toHaveLength(8);
});

test('a window is chosen as fine as Proxmox keeps it', async () => {
  const { call } = await connect({ seed: 'demo' });
  expect((await call('get_metrics', { node: 'pve1', since: '7d' })).text).toContain('points of 30 min');
  expect((await call('get_metrics', { node: 'pve1', since: '30m' })).text).toContain('points of 1 min');
  expect((await call('get_metrics', { storage: 'nas', since: '30d' })).text).toMatch(/^used .*%/m);
});

test('metrics of what is unknown, of two things, and of a window upside down', async () => {
  const { call } = await connect({ seed: 'demo' });
  const text = async (args: object) => (await call('get_metrics', { ...args })).text;
  expect(await text({ node: 'pve9' })).toMatch(/no node pve9[\s\S]*pve1, pve2, pve3/);
  expect(await text({ guest: 'db1', storage: 'nas' })).toContain('One thing has metrics at a time');
  expect(await text({ guest: 'db1', since: '1h', until: '2h' })).toContain('upside down');
  expect(await text({ guest: 'db1', since: 'tuesday' })).toMatch(/can't be read as a moment[\s\S]*24h/);
  expect(await text({ guest: 'db1', metrics: 'coffee' })).toMatch(/no metric coffee[\s\S]*cpu/);
  expect(await text({ guest: '9000' })).toContain('it was off');
});

test('who takes most: now in one request, I/O from series, and over a window', async () => {
  const { call } = await connect({ seed: 'demo' });
  const first = async (args: object) => {
    const { data } = await call('top_consumers', { ...args });
    return ((data as { top: unknown }).top as { vmid?: number; node: string; peak?: number }[])[0];
  };
  expect(await first({})).toMatchObject({ vmid: 105 });
  expect(await first({ by: 'io' })).toMatchObject({ vmid: 102, peak: expect.any(Number) });
  expect(await first({ by: 'ram', since: '24h' })).toMatchObject({ peak: expect.any(Number) });
  expect(await first({ of: 'nodes' })).toMatchObject({ node: 'pve3' });
  expect(await first({ node: 'pve2' })).toMatchObject({ node: 'pve2' });
});

test('what runs on a node that is not online is not seen, and that is said', async () => {
  const { call } = await connect({ seed: 'tiny' });
  const { text } = await call('top_consumers', {});
  expect(text).toContain('Not seen: what runs on pve2: the node is not online');
});

test('of a thousand guests the answer stays short, also over a window', async () => {
  const simulator = createSimulator({ seed: 'demo', scale: 1000 });
  const { call } = await connect({ simulator });
  const { text, data } = await call('top_consumers', { by: 'network', limit: 50 });
  expect(text).toContain('only the 200 with most memory are looked into');
  expect(text.length).toBeLessThan(8_000);
  expect(JSON.stringify(data).length).toBeLessThan(8_000);
});

test('why a guest is slow: its causes in order, each with what to do', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, data } = await call('explain_slow', { guest: 'db1' });
  expect(text).toMatch(/^1\. It uses up its own CPUs \(likely\): CPU \d+% of 8 cores .* configure_guest/m);
  expect(text).toMatch(/^Seen: CPU .*pve1: CPU/m);
  expect(data).toMatchObject({ vmid: 102, causes: [{ weight: 'likely' }, { weight: 'possible' }] });
  expect((await call('explain_slow', { guest: 'mail' })).text).toMatch(/scsi0 on nas, (?:99|100)% full/);
});

test('a guest that does not run, or whose node is away, is not slow', async () => {
  const { call } = await connect({ seed: 'tiny' });
  expect((await call('explain_slow', { guest: '101' })).text).toMatch(/is stopped: it does not run at all/);
  expect((await call('explain_slow', { guest: '102' })).text).toContain('its node pve2 is not online');
  expect((await call('explain_slow', { guest: 'nobody' })).text).toContain('There is no guest nobody');
});

test('a login that sees little is told what it does not see', async () => {
  const { call } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  const { isError } = await call('explain_slow', { guest: 'db1' });
  expect(isError).toBe(false);
});
