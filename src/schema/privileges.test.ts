import { describe, expect, test } from 'vitest';
import type { Held } from './held.ts';
import type { Method } from './method.ts';
import { privilegeWords, rightsTo } from './privileges.ts';
import { pveCatalog } from './pve-catalog.ts';

const ALICE = { kind: 'password', name: 'alice@pve' } as const;
const TOKEN = { kind: 'token', name: 'alice@pve!t' } as const;

function found(verb: string, path: string) {
  const { method, pathParams } = pveCatalog().find(verb, path) ?? {};
  return { method: method as Method, params: pathParams ?? {} };
}

function ask(verb: string, path: string, held: Held | undefined, more: object = {}) {
  const { method, params } = found(verb, path);
  return rightsTo(method, { who: ALICE, held, params, ...more });
}

describe('in words', () => {
  test.each([
    ['POST', '/nodes/pve1/qemu/100/status/start', 'VM.PowerMgmt on /vms/100'],
    ['POST', '/nodes/{node}/qemu/{vmid}/status/start', 'VM.PowerMgmt on /vms/{vmid}'],
    ['GET', '/nodes/pve1/disks/list', 'Sys.Audit on /, or Sys.Audit on /nodes/pve1'],
    ['GET', '/cluster/mapping/pci/gpu', 'Mapping.Use or Mapping.Modify or Mapping.Audit on /mapping/pci/gpu'],
    [
      'PUT',
      '/nodes/pve1/lxc/101/config',
      'one of VM.Config.Disk, CPU, Memory, Network, Options on /vms/101; each option its own of these',
    ],
    ['GET', '/version', 'any login'],
    ['GET', '/access/domains', 'none, not even a login'],
    ['PUT', '/nodes/pve1/disks/wipedisk', 'root@pam with its password only, no API token'],
    [
      'POST',
      '/access/tfa/alice@pve',
      'none for oneself, or User.Modify on /access/groups or a group of the user; API tokens are refused',
    ],
    [
      'DELETE',
      '/access/users/bob@ldap',
      'Realm.AllocateUser on /access/realm/ldap, and User.Modify on /access/groups or a group of the user',
    ],
    ['POST', '/nodes/pve1/startall', 'VM.PowerMgmt on / or on each guest'],
  ])('%s %s: %s', (verb, path, expected) => {
    const { method, params } = found(verb, path);
    expect(privilegeWords(method, params)).toBe(expected);
  });

  test('as PBS writes it', () => {
    const method: Method = {
      path: '/config/user/{userid}',
      method: 'GET',
      name: '',
      parameters: {},
      permissions: {
        or: [
          { check: { partial: false, path: ['access', 'users'], privs: ['Sys.Audit'] } },
          { userParam: 'userid' },
        ],
      } as Method['permissions'],
      protected: 0,
      allowtoken: 1,
    };
    expect(privilegeWords(method)).toBe('Sys.Audit on /access/users, or none for oneself');
    const who = { kind: 'password', name: 'bob@pbs' } as const;
    expect(rightsTo(method, { who, held: {}, params: { userid: 'bob@pbs' } }).answer).toBe('yes');
    expect(rightsTo(method, { who, held: { '/access': { 'Sys.Audit': 1 } } }).answer).toBe('yes');
    expect(rightsTo(method, { who, held: {}, params: { userid: 'al@pbs' } })).toEqual({
      answer: 'no',
      missing: ['Sys.Audit on /access/users'],
    });
  });
});

describe('what a login may', () => {
  const start = '/nodes/pve1/qemu/100/status/start';

  test('a privilege comes down from above where it propagates', () => {
    expect(ask('POST', start, { '/': { 'VM.PowerMgmt': 1 } }).answer).toBe('yes');
    expect(ask('POST', start, { '/vms': { 'VM.PowerMgmt': 1 } }).answer).toBe('yes');
    expect(ask('POST', start, { '/vms': { 'VM.PowerMgmt': 0 } })).toEqual({
      answer: 'no',
      missing: ['VM.PowerMgmt on /vms/100'],
    });
    expect(ask('POST', start, { '/vms/100': { 'VM.PowerMgmt': 0 } }).answer).toBe('yes');
  });

  test('an entry further down replaces what comes from above, if it hands something down', () => {
    const above = { '/': { 'VM.PowerMgmt': 1, 'VM.Audit': 1 } } as const;
    expect(ask('POST', start, { ...above, '/vms/100': { 'VM.Audit': 1 } }).answer).toBe('no');
    expect(ask('POST', start, { ...above, '/vms': { 'VM.Audit': 1 } }).answer).toBe('no');
    expect(ask('POST', start, { ...above, '/vms': { 'VM.Audit': 0 } }).answer).toBe('yes');
  });

  test('for a path without names, unless it differs from guest to guest', () => {
    const any = '/nodes/{node}/qemu/{vmid}/status/start';
    expect(ask('POST', any, { '/vms': { 'VM.PowerMgmt': 1 } }).answer).toBe('yes');
    expect(ask('POST', any, { '/vms/100': { 'VM.PowerMgmt': 1 } }).answer).toBe('unknown');
    expect(ask('POST', any, { '/storage': { 'Datastore.Audit': 1 } }).answer).toBe('no');
  });

  test('root@pam may do everything with its password; a token of its own only what it was given', () => {
    const root = { kind: 'password', name: 'root@pam' } as const;
    const token = { kind: 'token', name: 'root@pam!full' } as const;
    const wipe = found('PUT', '/nodes/pve1/disks/wipedisk').method;
    expect(rightsTo(wipe, { who: root, held: undefined }).answer).toBe('yes');
    expect(rightsTo(wipe, { who: token, held: { '/': { 'Sys.Modify': 1 } } })).toEqual({
      answer: 'no',
      missing: ['root@pam with its password'],
    });
  });

  test('tokens are refused where the description says so, whatever they hold', () => {
    const { method } = found('PUT', '/access/password');
    expect(rightsTo(method, { who: TOKEN, held: { '/': { 'User.Modify': 1 } } }).answer).toBe('no');
  });

  test('without a look at the privileges only what needs none is known', () => {
    expect(ask('POST', start, undefined).answer).toBe('unknown');
    expect(ask('GET', '/version', undefined).answer).toBe('yes');
    expect(ask('GET', '/cluster/config/join', undefined).answer).toBe('unknown');
    expect(ask('POST', '/cluster/config/join', undefined).answer).toBe('no');
  });

  test('creating a VM: no without a way to allocate it, yes only with storage and network as well', () => {
    const path = '/nodes/pve1/qemu';
    expect(ask('POST', path, { '/': { 'VM.Audit': 1 } })).toMatchObject({ answer: 'no' });
    expect(ask('POST', path, { '/vms': { 'VM.Allocate': 1 } }).answer).toBe('unknown');
    expect(ask('POST', path, { '/pool/dev': { 'VM.Allocate': 1 } }).answer).toBe('unknown');
    const all = { 'VM.Allocate': 1, 'Datastore.AllocateSpace': 1, 'SDN.Use': 1 } as const;
    expect(ask('POST', path, { '/': all }).answer).toBe('yes');
  });

  test('a clone into a pool, with all parameters known', () => {
    const path = '/nodes/pve1/qemu/100/clone';
    const held: Held = {
      '/vms/100': { 'VM.Clone': 1 },
      '/pool/dev': { 'VM.Allocate': 1 },
      '/storage': { 'Datastore.AllocateSpace': 1 },
      '/sdn': { 'SDN.Use': 1 },
    };
    const params = { node: 'pve1', vmid: '100', newid: 104 };
    const complete = true;
    expect(ask('POST', path, held, { params: { ...params, pool: 'dev' }, complete }).answer).toBe('yes');
    expect(ask('POST', path, held, { params, complete })).toEqual({
      answer: 'no',
      missing: ['VM.Allocate on /vms/104'],
    });
  });
});
