import { describe, expect, test } from 'vitest';
import { lab } from '../lab.ts';

// Words of proxmox-notify, as PVE hands them on.
const root = '/cluster/notifications';

test('a fresh system mails everything to root', async () => {
  const { data } = lab();
  expect(await data(`GET ${root}/targets`)).toEqual([
    { name: 'mail-to-root', type: 'sendmail', origin: 'builtin', comment: 'Send mails to root@pam' },
  ]);
  expect(await data(`GET ${root}/matchers`)).toMatchObject([
    { name: 'default-matcher', mode: 'all', target: ['mail-to-root'], origin: 'builtin' },
  ]);
});

describe('refused:', () => {
  test.each([
    ['GET', 'endpoints/gotify/nope', undefined, 404, "endpoint 'nope' not found"],
    ['PUT', 'endpoints/smtp/nope', { comment: 'x' }, 404, "endpoint 'nope' not found"],
    ['DELETE', 'matchers/nope', undefined, 404, "matcher 'nope' not found"],
    ['POST', 'matchers', { name: 'mine', target: 'nope' }, 404, "endpoint 'nope' does not exist"],
    ['POST', 'targets/nope/test', {}, 404, "endpoint 'nope' does not exist"],
    ...[
      [
        ...['POST', 'matchers', { name: 'mail-to-root' }, 400],
        "Cannot create 'mail-to-root', an entity with the same name already exists",
      ],
      [
        ...['POST', 'endpoints/sendmail', { name: 'mine' }, 400],
        'must at least provide one recipient, either in mailto or in mailto-user',
      ],
      [
        ...['PUT', 'matchers/default-matcher', { comment: 'x', digest: 'f00' }, 400],
        'detected modified configuration - file changed by other user? Try again.',
      ],
    ],
  ] as [string, string, Record<string, string> | undefined, number, string][])(
    '%s %s %o',
    async (verb, path, form, status, words) => {
      const { refusal } = lab();
      expect(await refusal(`${verb} ${root}/${path}`, form)).toEqual([status, words]);
    },
  );
});

test('secrets are kept and never shown', async () => {
  const { data, call } = lab();
  const gotify = { name: 'phone', server: 'https://gotify.example', token: 'hush' };
  await data(`POST ${root}/endpoints/gotify`, gotify);
  expect((await call(`GET ${root}/endpoints/gotify`)).body).not.toContain('hush');
  expect(await data(`GET ${root}/endpoints/gotify/phone`)).toMatchObject({
    ...{ name: 'phone', server: 'https://gotify.example', origin: 'user-created' },
    digest: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
});

test('what somebody routes to stays; a built-in is only as it was again', async () => {
  const { data, refusal } = lab();
  await data(`POST ${root}/endpoints/sendmail`, { name: 'ops', mailto: 'ops@lab.example' });
  await data(`POST ${root}/matchers`, { name: 'all-to-ops', target: 'ops' });
  expect(await refusal(`DELETE ${root}/endpoints/sendmail/ops`)).toEqual([
    ...[400, "cannot delete 'ops', referenced by: all-to-ops"],
  ]);
  await data(`PUT ${root}/endpoints/sendmail/mail-to-root`, { comment: 'mine' });
  expect(await data(`GET ${root}/targets`)).toContainEqual(
    expect.objectContaining({ name: 'mail-to-root', comment: 'mine', origin: 'modified-builtin' }),
  );
  expect(await refusal(`DELETE ${root}/endpoints/sendmail/mail-to-root`)).toEqual([200, 'OK']);
  expect(await data(`GET ${root}/endpoints/sendmail/mail-to-root`)).toMatchObject({ origin: 'builtin' });
});

test('a test goes by mail, and reaches nobody else', async () => {
  const { data, refusal } = lab();
  expect(await refusal(`POST ${root}/targets/mail-to-root/test`, {})).toEqual([200, 'OK']);
  await data(`POST ${root}/endpoints/gotify`, {
    name: 'phone',
    server: 'https://gotify.example',
    token: 't',
  });
  expect((await refusal(`POST ${root}/targets/phone/test`, {}))[1]).toMatch(
    /^Could not test target: could not notify via endpoint\(s\): phone: /,
  );
});
