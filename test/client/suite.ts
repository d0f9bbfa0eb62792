// One suite for the client, whoever answers: the simulator in `npm test`, a real server in `npm run test:real`. It touches
// only what it makes, from VMID 9000 up and under the prefix `pmcp-test-`, and takes it away again.
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { path, volume } from '../../src/api/path.ts';
import { failureOf } from '../failure-of.ts';
import { type Bench, PREFIX, type Target, withBench } from './bench.ts';

/** A real server takes its time. */
const PATIENCE = 120_000;

/** Registers the suite. */
export function clientSuite(name: string, open: () => Promise<Target>): void {
  const step = (title: string, body: (bench: Bench) => Promise<void>) =>
    test(title, () => withBench(open, body), PATIENCE);

  describe(`the client against ${name}`, () => {
    describe('login', () => {
      step('who is accepted may ask who he is', async ({ client }) => {
        const permissions = await client.get<Record<string, unknown>>(path`/access/permissions`);
        expect(Object.keys(permissions)).toContain('/');
      });

      step('a wrong secret and a wrong password are refused as such', async ({ as, user }) => {
        const secret = '00000000-0000-0000-0000-000000000000';
        const token = await failureOf(as({ tokenId: `${user}!${PREFIX}none`, secret }).get(path`/version`));
        expect(token).toMatchObject({ code: 'auth', details: { status: 401 } });
        const password = await failureOf(
          as({ user: `${PREFIX}nobody@pve`, password: 'wrong-password' }).get(path`/version`),
        );
        expect(password).toMatchObject({ code: 'auth', details: { status: 401 } });
        expect(password.details.mayHaveRun).toBeUndefined();
      });

      step(
        'a new user logs in with a password, reads, and is refused what he has no right to',
        async (bench) => {
          const { user, password } = await bench.newUser();
          const own = bench.as({ user, password });
          expect(await own.get(path`/access/permissions`)).toBeTypeOf('object');
          expect(await own.get(path`/cluster/resources`, { type: 'vm' })).toEqual([]);
          const denied = await failureOf(own.post(path`/pools`, { poolid: `${PREFIX}none` }));
          expect(denied).toMatchObject({ code: 'forbidden', details: { status: 403 } });
          expect(denied.hint).toContain(user);
        },
      );

      step('a token is made, used, and worth nothing once it is removed', async (bench) => {
        const { client, user } = bench;
        const at = path`/access/users/${user}/token/${`${PREFIX}token`}`;
        bench.later(`token ${PREFIX}token`, () => client.delete(at));
        const made = await client.post<{ value: string; 'full-tokenid': string }>(at, {
          privsep: 1,
          comment: PREFIX,
        });
        expect(made['full-tokenid']).toBe(`${user}!${PREFIX}token`);
        const token = bench.as({ tokenId: made['full-tokenid'], secret: made.value });
        expect(await token.get(path`/version`)).toHaveProperty('release');
        expect(await token.get(path`/cluster/resources`, { type: 'vm' })).toEqual([]);
        const twice = await failureOf(client.post(at, { privsep: 1 }));
        expect(twice.code).toBe('exists');
        await client.delete(at);
        expect((await failureOf(token.get(path`/version`))).code).toBe('auth');
      });
    });

    step('reads: version, nodes, resources, status, tasks', async ({ client, node }) => {
      expect(await client.get<{ version: string }>(path`/version`)).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+/),
      });
      const nodes = await client.get<{ node: string }[]>(path`/nodes`);
      expect(nodes.map((one) => one.node)).toContain(node);
      const resources = await client.get<{ type: string; id: string }[]>(path`/cluster/resources`);
      expect(resources.map(({ id }) => id)).toContain(`node/${node}`);
      const status = await client.get<{ memory: { total: number } }>(path`/nodes/${node}/status`);
      expect(status.memory.total).toBeGreaterThan(0);
      const tasks = await client.request('GET', path`/nodes/${node}/tasks`, { limit: 3 });
      expect((tasks.data as unknown[]).length).toBeLessThanOrEqual(3);
    });

    describe('a guest', () => {
      step('lives: it is made, configured, started, stopped and removed', async (bench) => {
        const { client, node } = bench;
        const vmid = await bench.newGuest();
        const guest = `/nodes/${node}/qemu/${vmid}`;
        const config = path`/nodes/${node}/qemu/${vmid}/config`;

        await client.put(config, {
          description: 'first line\nsecond & last: ü',
          tags: 'pmcp-test',
          cores: 2,
        });
        const read = await client.get<Record<string, unknown>>(config);
        expect(read).toMatchObject({ name: `${PREFIX}${vmid}`, tags: 'pmcp-test', cores: 2 });
        expect(String(read.description).trimEnd()).toBe('first line\nsecond & last: ü');
        await client.put(config, { delete: 'tags', digest: String(read.digest) });
        expect(await client.get(config)).not.toHaveProperty('tags');
        const stale = await failureOf(client.put(config, { cores: 1, digest: String(read.digest) }));
        expect(stale).toMatchObject({ code: 'wrong_state', details: { status: 500 } });

        expect(await bench.power(vmid, 'start')).toMatchObject({
          type: 'qmstart',
          id: String(vmid),
          exitstatus: 'OK',
        });
        expect(await client.get(path`/nodes/${node}/qemu/${vmid}/status/current`)).toMatchObject({
          status: 'running',
        });
        const again = await failureOf(bench.power(vmid, 'start'));
        expect(again).toMatchObject({
          code: 'task_failed',
          message: expect.stringContaining('already running'),
        });
        expect(again.details.log?.at(-1)).toMatch(/^TASK ERROR: .*already running/);
        const running = await failureOf(client.delete(path`/nodes/${node}/qemu/${vmid}`));
        expect(running, guest).toMatchObject({ code: 'wrong_state', details: { status: 500 } });
        expect((await bench.power(vmid, 'stop')).exitstatus).toBe('OK');

        await client.tasks.wait(await client.delete(path`/nodes/${node}/qemu/${vmid}`));
        expect((await failureOf(client.get(config))).code).toBe('not_found');
      });

      step('is snapshotted and rolled back', async (bench) => {
        const { client, node } = bench;
        const vmid = await bench.newGuest();
        const at = path`/nodes/${node}/qemu/${vmid}/snapshot`;
        const names = async () =>
          (await client.get<{ name: string }[]>(at)).map(({ name: one }) => one).sort();
        await client.tasks.wait(await client.post(at, { snapname: 'before', description: 'a note' }));
        expect(await names()).toEqual(['before', 'current']);
        await client.put(path`/nodes/${node}/qemu/${vmid}/config`, { cores: 2 });
        const twice = await failureOf(client.tasks.wait(await client.post(at, { snapname: 'before' })));
        expect(twice).toMatchObject({
          code: 'task_failed',
          message: expect.stringContaining('already used'),
        });
        const back = path`/nodes/${node}/qemu/${vmid}/snapshot/${'before'}/rollback`;
        expect((await client.tasks.wait(await client.post(back))).exitstatus).toBe('OK');
        expect(
          await client.get<Record<string, unknown>>(path`/nodes/${node}/qemu/${vmid}/config`),
        ).toMatchObject({ cores: 1 });
        await client.tasks.wait(await client.delete(path`/nodes/${node}/qemu/${vmid}/snapshot/${'before'}`));
        expect(await names()).toEqual(['current']);
      });

      step('is cloned, and the clone is one of its own', async (bench) => {
        const { client, node } = bench;
        const vmid = await bench.newGuest();
        const copy = await bench.freeVmid();
        bench.laterGuest(copy);
        const upid = await client.post<string>(path`/nodes/${node}/qemu/${vmid}/clone`, {
          newid: copy,
          name: `${PREFIX}${copy}`,
          full: 1,
        });
        expect((await client.tasks.wait(upid)).exitstatus).toBe('OK');
        const config = await client.get<Record<string, unknown>>(path`/nodes/${node}/qemu/${copy}/config`);
        expect(config.name).toBe(`${PREFIX}${copy}`);
      });
    });

    step('tasks: the list, the log line by line, and cancelling what is over', async (bench) => {
      const { client, node } = bench;
      const vmid = await bench.newGuest();
      const started = await bench.power(vmid, 'start');
      const list = await client.get<{ upid: string }[]>(path`/nodes/${node}/tasks`, { vmid, source: 'all' });
      expect(list.map(({ upid }) => upid)).toContain(started.upid);
      const lines: string[] = [];
      for await (const line of client.tasks.lines(started.upid)) lines.push(line);
      expect(lines.at(-1)).toBe('TASK OK');
      expect(lines.slice(-started.log.length)).toEqual(started.log);
      expect(await client.tasks.cancel(started.upid)).toMatchObject({ stopped: false, exitstatus: 'OK' });
    });

    step('storage: a file is uploaded, listed and removed', async (bench) => {
      const { client, node } = bench;
      const stores = await client.get<{ storage: string; active: number }[]>(path`/nodes/${node}/storage`, {
        content: 'iso',
        enabled: 1,
      });
      const storage = stores.find(({ active }) => active)?.storage ?? '';
      const content = path`/nodes/${node}/storage/${storage}/content`;
      const filename = `${PREFIX}${await bench.freeVmid()}.iso`;
      const volid = `${storage}:iso/${filename}`;
      const listed = async () =>
        (await client.get<{ volid: string }[]>(content, { content: 'iso' }))
          .map((one) => one.volid)
          .includes(volid);
      expect(await listed()).toBe(false);
      const remove = async () => {
        const upid = await client.delete<string | null>(
          path`/nodes/${node}/storage/${storage}/content/${volume(volid)}`,
        );
        if (upid !== null) await client.tasks.wait(upid);
      };
      bench.later(volid, async () => ((await listed()) ? remove() : undefined));
      const source = { stream: Readable.from([Buffer.alloc(4096, 7)]), size: 4096 };
      const arrived = await client.files.upload({ node, storage, content: 'iso', source, filename });
      expect(arrived).toMatchObject({ volid, task: { type: 'imgcopy', exitstatus: 'OK' } });
      expect(await listed()).toBe(true);
      await remove();
      expect(await listed()).toBe(false);
    });

    step('a pool is made, filled, emptied and removed', async (bench) => {
      const { client } = bench;
      const poolid = `${PREFIX}pool`;
      const vmid = await bench.newGuest();
      bench.later(`pool ${poolid}`, async () => {
        await client.put(path`/pools/${poolid}`, { vms: String(vmid), delete: 1 }).catch(() => {});
        await client.delete(path`/pools/${poolid}`);
      });
      await client.post(path`/pools`, { poolid, comment: PREFIX });
      expect((await failureOf(client.post(path`/pools`, { poolid }))).code).toBe('exists');
      await client.put(path`/pools/${poolid}`, { vms: String(vmid) });
      const { members } = await client.get<{ members: { vmid?: number }[] }>(path`/pools/${poolid}`);
      expect(members.map((one) => one.vmid)).toEqual([vmid]);
      expect((await failureOf(client.delete(path`/pools/${poolid}`))).code).toBe('wrong_state');
    });

    step('errors say what they are', async (bench) => {
      const { client, node } = bench;
      const vmid = await bench.newGuest();
      const gone = await bench.freeVmid();
      const guests = path`/nodes/${node}/qemu`;
      const codeOf = async (work: Promise<unknown>) => {
        const { code, details } = await failureOf(work);
        return [code, details.status];
      };
      expect(await codeOf(client.get(path`/nodes/${node}/qemu/${gone}/config`))).toEqual(['not_found', 500]);
      expect(await codeOf(client.post(guests, { vmid }))).toEqual(['exists', 500]);
      expect(await codeOf(client.get(path`/nodes/${`${PREFIX}none`}/status`))).toEqual(['not_found', 500]);
      expect(await codeOf(client.get(path`/nodes/${node}/${`${PREFIX}none`}`))).toEqual([
        'not_implemented',
        501,
      ]);
      const bad = await failureOf(client.post(guests, { vmid: gone, cores: 'many', nonsense: 1 }));
      expect(bad).toMatchObject({ code: 'invalid_parameter', details: { status: 400 } });
      expect(Object.keys(bad.details.errors ?? {}).sort()).toEqual(['cores', 'nonsense']);
    });
  });
}
