import { beforeEach, expect, test } from 'vitest';
import { callTool, clientFor, type Served, served } from '../connect.ts';
import { changesAt, DESTROY, planIn, withPerson } from './house.ts';

const SECRET = 'correct horse battery';
let house: Served;

beforeEach(async () => {
  house = await served({ policy: { approve: 'danger' }, approveSecret: SECRET });
});

/** What a browser does: the form's own address, its own origin. */
async function post(id: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const answer = await fetch(`${house.http.url}/approve/${id}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { origin: house.http.url, ...headers },
  });
  return { status: answer.status, html: await answer.text(), headers: answer.headers };
}

/** A plan that waits, and how to ask for it again. */
async function waitingPlan() {
  const client = await clientFor(house.http.url);
  const again = () => callTool(client, 'proxmox_api_call', DESTROY);
  const { text } = await again();
  return { id: planIn(text), text, again };
}

const markIn = (html: string) => /name="mark" value="([0-9a-f]+)"/.exec(html)?.[1] ?? '';

test('a person who knows the secret sees the plan, approves it, and the same call then runs, once', async () => {
  const { id, text, again } = await waitingPlan();
  expect(text).toContain(`${house.http.url}/approve/${id}`);
  expect(changesAt(house.simulator)).toEqual([]);

  const form = await (await fetch(`${house.http.url}/approve/${id}`)).text();
  expect(form).not.toContain('9000');
  const shown = await post(id, { secret: SECRET });
  expect(shown.status).toBe(200);
  expect(shown.html).toContain('DELETE /nodes/pve1/qemu/9000');
  const mark = markIn(shown.html);
  expect((await post(id, { mark, word: 'approved' })).html).toContain('Approved');
  expect(changesAt(house.simulator)).toEqual([]);

  expect((await again()).isError).toBe(false);
  expect(changesAt(house.simulator)).toEqual(['DELETE /nodes/pve1/qemu/9000']);
  expect(house.ledger.entries).toMatchObject([{ plan: id, approval: 'page' }]);

  expect((await post(id, { mark, word: 'approved' })).status).toBe(404);
  expect((await post(id, { secret: SECRET })).status).toBe(404);
});

test('what a person declines on the page is not asked for again', async () => {
  const { id, again } = await waitingPlan();
  const { html } = await post(id, { secret: SECRET });
  await post(id, { mark: markIn(html), word: 'declined' });
  const answer = await again();
  expect(answer.text).toContain('Error (not_allowed): A person declined this (page)');
  expect(changesAt(house.simulator)).toEqual([]);
});

test('without the secret nothing is told and nothing decided, and guessing ends after ten tries', async () => {
  const { id, again } = await waitingPlan();
  const wrong = await post(id, { secret: 'correct horse' });
  const unknown = await post('000000000000', { secret: 'correct horse' });
  expect(wrong.status).toBe(403);
  expect(wrong.html).toBe(unknown.html);
  expect((await post(id, { mark: '', word: 'approved' })).status).toBe(403);
  expect((await post(id, { secret: SECRET, word: 'approved' })).status).toBe(403);
  for (let tries = 4; tries < 10; tries += 1) await post(id, { secret: `guess ${tries}` });
  const late = await post(id, { secret: SECRET });
  expect(late.status).toBe(429);
  expect(late.headers.get('retry-after')).toBe('60');
  expect((await again()).text).toContain('needs_approval');
  house.simulator.virtualClock?.advance(60_000);
  expect((await post(id, { secret: SECRET })).status).toBe(200);
});

test('the mark of one plan approves no other', async () => {
  const { id } = await waitingPlan();
  const { html } = await post(id, { secret: SECRET });
  const client = await clientFor(house.http.url);
  const other = await callTool(client, 'proxmox_api_call', { ...DESTROY, data: { purge: 1 } });
  expect((await post(planIn(other.text), { mark: markIn(html), word: 'approved' })).status).toBe(403);
});

test('a page of another site can neither send the form nor frame it', async () => {
  const { id } = await waitingPlan();
  const { html } = await post(id, { secret: SECRET });
  const foreign = { origin: 'https://evil.example' };
  expect((await post(id, { mark: markIn(html), word: 'approved' }, foreign)).status).toBe(403);
  expect((await post(id, { secret: SECRET }, { 'content-type': 'text/plain' })).status).toBe(400);
  const { headers } = await fetch(`${house.http.url}/approve/${id}`);
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('cache-control')).toBe('no-store');
});

test('what a stranger wrote stays text', async () => {
  house = await served({ policy: { approve: 'change' }, approveSecret: SECRET });
  const client = await clientFor(house.http.url);
  const name = '<script>alert(1)</script>"\u202e';
  const { text } = await callTool(client, 'proxmox_api_call', {
    ...{ path: '/nodes/pve1/qemu/9000/config', method: 'PUT', data: { description: name } },
  });
  const { html } = await post(planIn(text), { secret: SECRET });
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(html).not.toContain('<script>');
  expect(html).not.toContain('\u202e');
});

test('where the secret is set, the dialogue of the client does not count', async () => {
  const { call, asked } = await withPerson(house, 'modern', () => ({
    action: 'accept',
    content: { approve: true },
  }));
  const answer = await call('proxmox_api_call', DESTROY);
  expect(answer.text).toContain('needs_approval');
  expect(asked).toEqual([]);
  expect(changesAt(house.simulator)).toEqual([]);
});

test.each(['streamable', 'modern'] as const)('a %s client opens the page for its person', async (way) => {
  const approve = async (url: string | undefined) => {
    const id = url?.split('/').at(-1) ?? '';
    const { html } = await post(id, { secret: SECRET });
    await post(id, { mark: markIn(html), word: 'approved' });
  };
  const { call, asked } = await withPerson(
    house,
    way,
    async ({ url }) => {
      await approve(url);
      return { action: 'accept' };
    },
    { url: {} },
  );
  const answer = await call('proxmox_api_call', DESTROY);
  expect(answer.isError, answer.text).toBe(false);
  expect(asked).toMatchObject([{ mode: 'url' }]);
  expect(house.ledger.entries).toMatchObject([{ approval: 'page' }]);
});

test('a person who opens the page and decides nothing lets nothing through', async () => {
  const { call } = await withPerson(house, 'streamable', () => ({ action: 'accept' }), { url: {} });
  const answer = await call('proxmox_api_call', DESTROY);
  expect(answer.text).toContain('needs_approval');
  expect(changesAt(house.simulator)).toEqual([]);
});

test('without a secret there is no page', async () => {
  const { http } = await served();
  expect((await fetch(`${http.url}/approve/000000000000`)).status).toBe(404);
});
