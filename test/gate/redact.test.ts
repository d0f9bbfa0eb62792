import { expect, test } from 'vitest';
import { redacted } from '../../src/api/gate/redact.ts';

/** What plans and the ledger show of one parameter. */
const shown = (name: string, value: string, path?: string) => redacted({ [name]: value }, path)[name];

test.each([
  ['password', 'hunter22'],
  ['cipassword', 'hunter22'],
  ['confirmation-password', 'hunter22'],
  ['secret', 'name=a,value=b'],
  ['secret-key', 'AKIA'],
  ['encryption-key', '{"kdf":null}'],
  ['token', 'gotify'],
  ['key', '-----BEGIN PRIVATE KEY-----'],
  ['keyring', '[client.admin] key = x'],
  ['tfa-challenge', 'x'],
  ['otp', '123456'],
  ['vncticket', 'PVEVNC:x'],
  ['eab-hmac-key', 'x'],
  ['header', 'name=Authorization,value=QmVhcmVy'],
  ['env', 'PASSWORD=x'],
])('the value of %s is not shown', (name, value) => {
  expect(shown(name, value)).toBe('[redacted]');
});

test.each([
  ['tokens', 'root@pam!a'],
  ['tokenid', 'a'],
  ['sshkeys', 'ssh-ed25519 AAAA me'],
  ['master-pubkey', 'x'],
  ['lock-token', 'x'],
  ['net0', 'virtio=BC:24:11:00:00:01,bridge=vmbr0'],
  ['data', '127.0.0.1 localhost'],
])('%s is no secret', (name, value) => {
  expect(shown(name, value)).toBe(value);
});

test('secrets within a value are not shown, and the rest of it is', () => {
  const endpoint = 'host=pve9,apitoken=PVEAPIToken=root@pam!a=0000-1111,fingerprint=AA:BB';
  expect(shown('target-endpoint', endpoint)).toBe('host=pve9,apitoken=[redacted],fingerprint=AA:BB');
  expect(shown('http_proxy', 'http://me:secret@proxy:3128/')).toBe('http://[redacted]@proxy:3128/');
});

test('a name can mean a secret on one path alone', () => {
  expect(shown('data', 'CF_Token=x', '/cluster/acme/plugins')).toBe('[redacted]');
  expect(shown('value', '123456', '/access/tfa/root@pam')).toBe('[redacted]');
  expect(shown('key', 'ctrl-alt-delete', '/nodes/pve1/qemu/100/sendkey')).toBe('ctrl-alt-delete');
});

test('code is shown as it is: nothing hides from whoever approves it behind a password=', () => {
  const code = 'echo a,password=$(reboot)';
  for (const name of ['command', 'input-data', 'content', 'args']) expect(shown(name, code)).toBe(code);
});

test('what is too long is cut, with its length and a hash of all of it', () => {
  const [one, other] = ['a', 'b'].map(
    (end) => redacted({ content: `${'x'.repeat(20_000)}${end}` }, '', 10_000).content,
  );
  expect(one).toMatch(/^x{10000}… \(20001 characters in all, SHA-256 [0-9a-f]{16}…\)$/);
  expect(one).not.toBe(other);
});

test('every item of a list is looked at, and odd names harm nothing', () => {
  expect(redacted({ secret: ['a', 'b'] })).toEqual({ secret: ['[redacted]', '[redacted]'] });
  const odd = redacted(JSON.parse('{"__proto__": "x", "constructor": "y"}'));
  expect(Object.entries(odd)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

test.each([
  ['https://x.example/a.iso?token=abc123', 'https://x.example/a.iso?token=[redacted]'],
  ['https://x/a?X-Amz-Signature=abc&size=1', 'https://x/a?X-Amz-Signature=[redacted]&size=1'],
  ['https://me:pw@x/a?name=b', 'https://[redacted]@x/a?name=b'],
])('the login in a URL is no part of what is kept: %s', (url, kept) => {
  expect(shown('url', url)).toBe(kept);
});
