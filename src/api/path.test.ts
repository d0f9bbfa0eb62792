import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../failure.ts';
import { parsePath, path, volume } from './path.ts';

const upid = 'UPID:pve1:000003D2:00050E62:6B03198D:qmsnapshot:102:root@pam!lab:';

function refusal(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('path', () => {
  test('names and numbers stand as they are', () => {
    expect(path`/nodes/${'pve-1'}/qemu/${100}/config`).toBe('/nodes/pve-1/qemu/100/config');
  });

  test('everything else is percent-encoded, also what encodeURIComponent leaves', () => {
    expect(path`/nodes/${'pve1'}/tasks/${upid}/log`).toBe(
      '/nodes/pve1/tasks/UPID%3Apve1%3A000003D2%3A00050E62%3A6B03198D%3Aqmsnapshot%3A102%3Aroot%40pam%21lab%3A/log',
    );
    expect(path`/pools/${"a'b(c)*~!?#&;%"}`).toBe('/pools/a%27b%28c%29%2A%7E%21%3F%23%26%3B%25');
    expect(path`/pools/${'p€'}`).toBe('/pools/p%E2%82%AC');
  });

  test("a volume id's slashes stay slashes", () => {
    expect(path`/nodes/pve/storage/local/content/${volume('local:101/vm-101-disk-7.raw')}`).toBe(
      '/nodes/pve/storage/local/content/local%3A101/vm-101-disk-7.raw',
    );
    expect(refusal(() => volume('local:../../../etc/passwd')).code).toBe('invalid_argument');
    expect(refusal(() => volume('local:iso//a.iso')).code).toBe('invalid_argument');
  });

  test.each([
    '',
    '.',
    '..',
    'a/b',
    '../access',
    'a\\b',
    'a\nb',
    'a\r',
    'a\0',
    'a\u007f',
    'a\u202eb',
    '\ud800',
  ])('refuses %j as one segment, with a hint', (segment) => {
    const failure = refusal(() => path`/nodes/${segment}/status`);
    expect(failure.code).toBe('invalid_argument');
    expect(failure.hint).not.toBe('');
  });

  test.each([Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY])('refuses the number %s', (number) => {
    expect(refusal(() => path`/nodes/pve/qemu/${number}/config`).code).toBe('invalid_argument');
  });

  test('a value that is missing at run time is refused, not spelled out', () => {
    expect(refusal(() => path`/nodes/${undefined as unknown as string}/status`).code).toBe(
      'invalid_argument',
    );
  });

  test('whatever is inserted stays one segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (segment) => {
        let built: string;
        try {
          built = path`/nodes/${segment}/status`;
        } catch (error) {
          return error instanceof Failure && error.code === 'invalid_argument';
        }
        const parts = decodeURIComponent(built).split('/');
        return parts.length === 4 && parts[2] === segment && new URL(built, 'https://a').pathname === built;
      }),
    );
  });
});

describe('parsePath', () => {
  test.each([
    '/nodes/pve1/qemu/100/config',
    'nodes/pve1/qemu/100/config',
    '/api2/json/nodes/pve1/qemu/100/config',
    'api2/json/nodes/pve1/qemu/100/config/',
    '  /nodes/pve1/qemu/100/config ',
  ])('%j is one and the same path', (text) => {
    expect(parsePath(text)).toEqual({ path: '/nodes/pve1/qemu/100/config', query: {} });
  });

  test('a UPID works with raw colons and encoded, and is spelled as `path` spells it', () => {
    const spelled = path`/nodes/pve1/tasks/${upid}/status`;
    expect(parsePath(`/nodes/pve1/tasks/${upid}/status`).path).toBe(spelled);
    expect(parsePath(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`).path).toBe(spelled);
  });

  test('user, token and non-ASCII names work', () => {
    expect(parsePath('/access/users/root@pam/token/lab').path).toBe('/access/users/root%40pam/token/lab');
    expect(parsePath('/pools/p€').path).toBe('/pools/p%E2%82%AC');
  });

  test('a volume id may be written with a slash or with %2F', () => {
    const spelled = path`/nodes/pve/storage/local/content/${volume('local:iso/a.iso')}`;
    expect(parsePath('/nodes/pve/storage/local/content/local:iso/a.iso').path).toBe(spelled);
    expect(parsePath('/nodes/pve/storage/local/content/local%3Aiso%2Fa.iso').path).toBe(spelled);
  });

  test('reads a query; a repeated key becomes a list', () => {
    expect(parsePath('/cluster/resources?type=vm').query).toEqual({ type: 'vm' });
    expect(parsePath('/x?a=1&b=two+words&a=%3B&c=a=b&d=a;b&e=').query).toEqual({
      a: ['1', ';'],
      b: 'two words',
      c: 'a=b',
      d: 'a;b',
      e: '',
    });
  });

  test.each([
    ['', /empty/],
    ['/', /empty/],
    ['/api2/json', /empty/],
    ['?type=vm', /empty/],
    ['https://evil.example/api2/json/version', /names a host/],
    ['//evil.example/version', /names a host/],
    ['@evil.example/version', /no first part/],
    ['user@evil.example:8006/version', /no first part/],
    ['https:/evil', /no first part/],
    ['/nodes/../access/users', /change the path/],
    ['/nodes/./pve', /change the path/],
    ['/..', /no first part/],
    ['/nodes/%2e%2e/access', /hides a dot/],
    ['/nodes/%2E/access', /hides a dot/],
    ['/nodes/%252e%252e/access', /encoded twice/],
    ['/nodes/a%2Fb/status', /slash/],
    ['/nodes/pve/storage/local/content/local:iso%2F..%2Fx', /change the path/],
    ['/nodes/a%5Cb', /backslash/],
    ['/nodes\\pve', /backslash/],
    ['/nodes//pve', /empty part/],
    ['/nodes/pve//', /empty part/],
    ['/nodes/pve\r\nHost: evil', /control/],
    ['/version\n', /control/],
    ['/nodes/pve%0d%0a', /control/],
    ['/nodes/pve%00', /control/],
    ['/nodes/a\u200bb', /invisible/],
    ['/nodes/pve#top', /#/],
    ['/nodes/%zz', /%/],
    ['/nodes/%ff', /%/],
    ['/api2/extjs/nodes', /another format/],
    ['/api2', /another format/],
    ['/nodes/{node}/qemu', /placeholder/],
    ['/nodes/<node>/qemu', /placeholder/],
    ['/nodes/:node/qemu', /placeholder/],
    ['GET /nodes', /begins with a method/],
    ['delete /pools/x', /begins with a method/],
    ['/x?full', /no value/],
    ['/x?__proto__=1', /no parameter name/],
    ['/x?=1', /no parameter name/],
    ['/x?a=%zz', /%/],
  ])('refuses %j and says what to do', (text, message) => {
    const failure = refusal(() => parsePath(text));
    expect(failure.code).toBe('invalid_argument');
    expect(failure.message).toMatch(message);
    expect(failure.hint).not.toBe('');
  });

  test('what it gives reads as itself again, and a URL parser finds nothing to change in it', () => {
    const piece = fc.oneof(
      fc.constantFrom('..', '.', '%2e', '%2F', '/', '?', '@', ':', '!', '\\', '%', 'é'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        let parsed: string;
        try {
          parsed = parsePath(`/nodes/${pieces.join('')}`).path;
        } catch (error) {
          return error instanceof Failure && error.code === 'invalid_argument';
        }
        return parsePath(parsed).path === parsed && new URL(parsed, 'https://a').pathname === parsed;
      }),
    );
  });
});
