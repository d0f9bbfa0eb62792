import { describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { realClock } from '../clock.ts';
import { Api } from './api.ts';
import { path } from './path.ts';
import { type ProductName, products } from './products.ts';
import { everythingIn } from './test-server.ts';
import type { WireRequest, WireResponse } from './wire.ts';

// No PBS, PMG or PDM was recorded: these answers are written after the products' own sources.

const nodes = path`/nodes`;

/** An API of one product whose server answers as told. */
function setUp(name: ProductName, answer: (request: WireRequest) => WireResponse, secret?: string) {
  const sent: WireRequest[] = [];
  const api = new Api({
    product: products[name],
    login: secret
      ? { kind: 'token', user: 'a@pbs', tokenName: 'mcp', secret }
      : { kind: 'password', user: 'a@pam', password: 'canary-password' },
    clock: realClock,
    async send(request) {
      sent.push(request);
      return answer(request);
    },
  });
  return { api, sent };
}

function json(data: unknown, headers: Record<string, string> = {}): WireResponse {
  return { status: 200, reason: 'OK', headers, body: JSON.stringify({ data }) };
}

/** As PBS and PDM send errors: plain text that is labelled as JSON, and a reason phrase that says nothing. */
function rustError(status: number, body: string): WireResponse {
  return { status, reason: 'Bad Request', headers: { 'content-type': 'application/json' }, body };
}

describe('a token', () => {
  test.each([
    ['pve', 'PVEAPIToken=a@pbs!mcp=5e-c%'],
    ['pbs', 'PBSAPIToken=a@pbs!mcp:5e-c%25'],
    ['pdm', 'PDMAPIToken=a@pbs!mcp:5e-c%25'],
  ] as const)('of %s is %s', async (name, authorization) => {
    const { api, sent } = setUp(name, () => json([]), '5e-c%');
    await api.get(nodes);
    expect(sent[0]?.headers).toEqual({ authorization });
  });

  test('of PMG there is none', () => {
    expect(() => setUp('pmg', () => json([]), 'secret')).toThrowError(
      expect.objectContaining({ code: 'config', message: expect.stringContaining('Mail Gateway') }),
    );
  });
});

describe('a ticket', () => {
  test.each(['pve', 'pbs', 'pmg'] as const)('of %s comes in the answer', async (name) => {
    const upper = name.toUpperCase();
    const { api, sent } = setUp(name, () =>
      json({ username: 'a@pam', ticket: `${upper}:a@pam:6B03::s/g+`, CSRFPreventionToken: '6B03:x' }),
    );
    await api.post(nodes);
    expect(sent[1]?.headers).toMatchObject({
      cookie: `${upper}AuthCookie=${upper}%3Aa%40pam%3A6B03%3A%3As%2Fg%2B`,
      csrfpreventiontoken: '6B03:x',
    });
  });

  test('of PDM comes in a cookie alone, and goes back under its name', async () => {
    const ticket = 'PDM:a@pam:6B03::sig/+';
    const cookie = `__Host-PDMAuthCookie=${ticket}; Secure; SameSite=Lax; HttpOnly; Path=/;`;
    const { api, sent } = setUp('pdm', () =>
      json(
        { username: 'a@pam', 'ticket-info': 'PDM:a@pam:6B03::ticketinfo', CSRFPreventionToken: 'x' },
        { 'set-cookie': `other=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT, ${cookie}` },
      ),
    );
    await api.get(nodes);
    expect(sent[1]?.headers).toEqual({ cookie: `__Host-PDMAuthCookie=${ticket}` });
  });

  test('that does not come at all', async () => {
    const { api } = setUp('pdm', () => json({ username: 'a@pam', CSRFPreventionToken: 'x' }));
    expect(await failureOf(api.get(nodes))).toMatchObject({
      code: 'bad_answer',
      hint: expect.stringContaining('Datacenter Manager'),
    });
  });

  test.each([
    ['authentication failed', 4],
    ['permission check failed.', 2],
  ])('refused by PBS with "%s": a change is sent again only where none was made', async (body, requests) => {
    const { api, sent } = setUp('pbs', ({ path: target }) =>
      target.endsWith('/ticket')
        ? json({ ticket: 'PBS:a@pam:6B03::sig', CSRFPreventionToken: 'x' })
        : rustError(401, body),
    );
    expect((await failureOf(api.post(nodes))).code).toBe('auth');
    expect(sent).toHaveLength(requests);
  });
});

describe('an error of PBS or PDM', () => {
  const explained = async (status: number, body: string) => {
    const { api } = setUp('pbs', () => rustError(status, body), 'canary-secret');
    return failureOf(api.get(nodes));
  };

  test('is plain text', async () => {
    const failure = await explained(400, 'no such datastore - detected modified configuration');
    expect(failure).toMatchObject({
      code: 'wrong_state',
      message: 'no such datastore - detected modified configuration',
      details: { status: 400, reason: 'Bad Request' },
    });
  });

  test('may look like JSON', async () => {
    expect((await explained(400, '42')).message).toBe('42');
    expect((await explained(400, 'null')).message).toBe('null');
  });

  test('names a refused parameter', async () => {
    const failure = await explained(
      400,
      "parameter verification failed - 'store': value must be at least 3 characters long",
    );
    expect(failure).toMatchObject({
      code: 'invalid_parameter',
      details: { errors: { store: 'value must be at least 3 characters long' } },
    });
  });

  test('names each of several', async () => {
    const failure = await explained(
      400,
      "parameter verification failed:\n- 'name': parameter is missing and it is not optional.\n- 'x': schema does not allow additional properties",
    );
    expect(failure.details.errors).toEqual({
      name: 'parameter is missing and it is not optional.',
      x: 'schema does not allow additional properties',
    });
  });

  test('for a path that is none', async () => {
    expect((await explained(404, "Path '/api2/json/nodez' not found.")).code).toBe('not_implemented');
    expect((await explained(404, 'no such backup group')).code).toBe('not_found');
  });

  test('for a wrong token says where to look', async () => {
    const failure = await explained(401, 'authentication failed');
    expect(failure.hint).toContain('proxmox-backup-manager user list-tokens a@pbs');
    expect(everythingIn(failure)).not.toContain('canary-secret');
  });
});

describe('a list', () => {
  const sentBy = async (name: ProductName, where: ReturnType<typeof path>) => {
    const { api, sent } = setUp(name, () => json({ ticket: 'X:a@pam:6B03::s', CSRFPreventionToken: 'x' }));
    await api.put(where, { delete: ['a', 'b'], vmid: [100, 101], command: ['ls', '-l'], groups: [] });
    return sent[1]?.body;
  };

  test('is one text in PVE and PMG where its format is one, else a repeated key', async () => {
    const text = 'delete=a%2Cb&vmid=100%2C101&command=ls&command=-l';
    expect(await sentBy('pve', path`/nodes/${'pve1'}/qemu/${100}/config`)).toBe(text);
    expect(await sentBy('pmg', path`/config/mail`)).toBe(text);
  });

  test('is a repeated key in the few places where PVE has real lists', async () => {
    expect(await sentBy('pve', path`/cluster/notifications/matchers/${'x'}`)).toMatch(/^delete=a&delete=b&/);
  });

  test('is always a repeated key in PBS and PDM', async () => {
    expect(await sentBy('pbs', path`/config/datastore/${'x'}`)).toMatch(/^delete=a&delete=b&/);
    expect(await sentBy('pdm', path`/config/acme`)).toMatch(/^delete=a&delete=b&/);
  });
});
