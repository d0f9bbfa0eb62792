import { describe, expect, test } from 'vitest';
import { Api } from '../api/api.ts';
import { products } from '../api/products.ts';
import { realClock } from '../clock.ts';
import { Pve } from './pve.ts';
import { parseUpid, readUpid } from './upid.ts';

const PVE = 'UPID:pve1:000003A8:00050340:6B031970:qmstart:100:root@pam!lab:';
const PBS = 'UPID:elsa:00004F37:0039E469:00000000:5CA78B83:garbage_collection::root@pam:';
const REMOTE = `pve:home!${PVE}`;

describe('a task id', () => {
  test('of PVE has nine fields', () => {
    expect(parseUpid(PVE)).toEqual({
      upid: PVE,
      node: 'pve1',
      pid: 0x3a8,
      starttime: 0x6b031970,
      type: 'qmstart',
      id: '100',
      user: 'root@pam!lab',
    });
    expect(parseUpid(PVE, products.pmg).type).toBe('qmstart');
  });

  test('of PBS has ten, and what it is about is escaped as systemd does', () => {
    expect(parseUpid(PBS, products.pbs)).toMatchObject({
      node: 'elsa',
      starttime: 0x5ca78b83,
      type: 'garbage_collection',
      id: '',
    });
    const escaped = 'UPID:b:00004F37:0039E469:0000000A:5CA78B83:verify:store\\x3ans-a\\xc3\\xa4:root@pam:';
    expect(parseUpid(escaped, products.pbs)).toMatchObject({ upid: escaped, id: 'store:ns/aä' });
  });

  test('of PDM is its own, or that of a remote', () => {
    expect(parseUpid(PBS, products.pdm)).not.toHaveProperty('remote');
    expect(parseUpid(REMOTE, products.pdm)).toMatchObject({
      upid: REMOTE,
      node: 'pve1',
      type: 'qmstart',
      remote: { product: 'pve', name: 'home' },
    });
    expect(parseUpid(`home!${PVE}`, products.pdm).remote).toEqual({ product: 'pve', name: 'home' });
    expect(parseUpid(`pbs:safe!${PBS}`, products.pdm).remote).toEqual({ product: 'pbs', name: 'safe' });
    expect(readUpid(`pbs:safe!${PVE}`, products.pdm)).toBeUndefined();
  });

  test.each([
    ['pve', PBS, 'Proxmox Backup Server'],
    ['pve', REMOTE, 'Proxmox Datacenter Manager'],
    ['pmg', PBS, 'Proxmox Backup Server'],
    ['pbs', PVE, 'Proxmox VE'],
    ['pbs', REMOTE, 'Proxmox Datacenter Manager'],
    ['pdm', PVE, 'Proxmox VE'],
  ] as const)('given to a client for %s that is of another product: %s', (name, upid, whose) => {
    expect(() => parseUpid(upid, products[name])).toThrowError(
      expect.objectContaining({
        code: 'invalid_argument',
        message: expect.stringContaining(`of ${whose}, not of ${products[name].title}`),
      }),
    );
  });

  test.each(['', 'UPID:', PVE.slice(0, -1), `${PVE} `, `x!${PVE}\n`])('that is none: %j', (text) => {
    for (const product of Object.values(products)) {
      expect(() => parseUpid(text, product)).toThrowError(
        expect.objectContaining({ code: 'invalid_argument' }),
      );
    }
  });
});

describe('waiting for a task', () => {
  const escaped = 'UPID:b:00004F37:0039E469:0000000A:5CA78B83:verify:store\\x3ans:root@pam:';

  test.each([
    ['pbs', escaped, '/nodes/b/tasks/UPID%3Ab%3A', '%3Astore%5Cx3ans%3A'],
    ['pdm', REMOTE, '/pve/remotes/home/tasks/pve%3Ahome%21UPID%3Apve1', 'qmstart'],
    ['pdm', `pbs:safe!${PBS}`, '/pbs/remotes/safe/tasks/pbs%3Asafe%21UPID', 'garbage_collection'],
    ['pdm', PBS, '/nodes/elsa/tasks/UPID%3Aelsa', 'garbage_collection'],
    ['pmg', PVE, '/nodes/pve1/tasks/UPID%3Apve1', 'qmstart'],
  ] as const)('asks %s where it keeps %s', async (name, upid, start, part) => {
    const asked: string[] = [];
    const api = new Api({
      product: products[name],
      login: { kind: 'password', user: 'root@pam', password: 'secret' },
      clock: realClock,
      async send({ path }) {
        asked.push(path);
        const data = path.endsWith('/ticket')
          ? { ticket: 'X:root@pam:6B031970::sig', CSRFPreventionToken: 'csrf' }
          : { status: 'stopped', exitstatus: 'WARNINGS: 2' };
        return { status: 200, reason: 'OK', headers: {}, body: JSON.stringify({ data }) };
      },
    });
    const task = await new Pve(api, realClock).tasks.wait(upid, { pollMs: 0 });
    expect(task).toMatchObject({ upid, state: 'ended', exitstatus: 'WARNINGS: 2' });
    expect(asked[1]).toMatch(/\/status$/);
    expect(asked[1]?.replace('/api2/json', '').startsWith(start)).toBe(true);
    expect(asked[1]).toContain(part);
  });

  test('never sends a task id that would leave its place in the path', async () => {
    const api = new Api({
      login: { kind: 'token', user: 'a@pve', tokenName: 'b', secret: 'secret' },
      clock: realClock,
      send: async () => expect.unreachable('nothing may be sent'),
    });
    const sly = 'UPID:pve1:000003A8:00050340:6B031970:x:../../access:root@pam:';
    await expect(new Pve(api, realClock).tasks.wait(sly)).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});
