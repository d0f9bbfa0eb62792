import { describe, expect, test } from 'vitest';
import { Failure } from '../failure.ts';
import { parseConfig } from './parse.ts';

const SECRET = '5f0c8e0e-1111-4222-8333-444455556666';

function read(env: Record<string, string>) {
  const sources = {
    env: { PROXMOX_URL: 'pve.lan', HOME: '/home/me', ...env },
    flags: {},
    readFile: () => '',
  };
  return parseConfig(sources).proxmox;
}

function refusal(env: Record<string, string>): string {
  try {
    read(env);
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
  throw new Error('was taken');
}

const TOKEN = { kind: 'token', user: 'mcp@pve', tokenName: 'a', secret: SECRET };

describe('what people paste is understood', () => {
  test.each<[string, Record<string, string>]>([
    ['the id and the secret', { PROXMOX_TOKEN_ID: 'mcp@pve!a', PROXMOX_PASSWORD: SECRET }],
    ['the user apart', { PROXMOX_USER: 'mcp@pve', PROXMOX_TOKEN_ID: 'a', PROXMOX_PASSWORD: SECRET }],
    ['the whole header as the secret', { PROXMOX_PASSWORD: `PVEAPIToken=mcp@pve!a=${SECRET}` }],
    ['the whole token as the secret', { PROXMOX_PASSWORD: `mcp@pve!a=${SECRET}` }],
    ['both', { PROXMOX_TOKEN_ID: 'mcp@pve!a', PROXMOX_PASSWORD: `PVEAPIToken=mcp@pve!a=${SECRET}\n` }],
    ['the header before the id', { PROXMOX_TOKEN_ID: 'PVEAPIToken=mcp@pve!a', PROXMOX_PASSWORD: SECRET }],
    ['a line break behind it', { PROXMOX_TOKEN_ID: 'mcp@pve!a', PROXMOX_PASSWORD: `${SECRET}\r\n` }],
    ['blanks around it', { PROXMOX_TOKEN_ID: ' mcp@pve!a ', PROXMOX_PASSWORD: ` ${SECRET} ` }],
    ['quotes around both', { PROXMOX_TOKEN_ID: '"mcp@pve!a"', PROXMOX_PASSWORD: `"${SECRET}"` }],
  ])('%s', (_, env) => {
    expect(read(env)?.login).toEqual(TOKEN);
  });

  test('a password keeps its blanks and quotes, and loses the line break behind it', () => {
    expect(read({ PROXMOX_USER: 'root@pam', PROXMOX_PASSWORD: ' "a b" \n' })?.login).toEqual({
      kind: 'password',
      user: 'root@pam',
      password: ' "a b" ',
    });
  });

  test.each([
    ['pve', 'https://pve:8006'],
    ['pve.lan:8006/', 'https://pve.lan:8006'],
    ['https://pve.lan:8006/api2/json', 'https://pve.lan:8006'],
    ['https://pve.lan:8006/#v1:0:18:4:::::::', 'https://pve.lan:8006'],
    ['fd00::1', 'https://[fd00::1]:8006'],
    ['[fd00::1]:443', 'https://[fd00::1]:443'],
    ["'pve.lan'", 'https://pve.lan:8006'],
  ])('PROXMOX_URL=%s', (url, meant) => {
    expect(read({ PROXMOX_URL: url, PROXMOX_TOKEN_ID: 'mcp@pve!a', PROXMOX_PASSWORD: SECRET })?.urls).toEqual(
      [meant],
    );
  });
});

describe('what cannot be understood is one line that says what to do', () => {
  test.each<[Record<string, string>, RegExp]>([
    [
      { PROXMOX_TOKEN_ID: `mcp@pve!a=${SECRET}` },
      /PROXMOX_TOKEN_ID: .*put what stands behind it into PROXMOX_PASSWORD/,
    ],
    [{ PROXMOX_TOKEN_ID: SECRET.replace('5', 'a') }, /PROXMOX_TOKEN_ID: this is a token's secret/],
    [
      { PROXMOX_TOKEN_ID: 'mcp@pve' },
      /PROXMOX_TOKEN_ID: the token's name is missing: expected user@realm!name/,
    ],
    [{ PROXMOX_TOKEN_ID: 'mcp!a' }, /PROXMOX_TOKEN_ID: the realm is missing/],
    [{ PROXMOX_USER: 'mcp' }, /PROXMOX_USER: the realm is missing: root@pam/],
    [{ PROXMOX_USER: 'mcp@pve!a' }, /PROXMOX_USER: .* put it into PROXMOX_TOKEN_ID/],
    [{ PROXMOX_TOKEN_ID: 'a' }, /PROXMOX_USER is missing \(user@realm; or PROXMOX_TOKEN_ID/],
    [
      { PROXMOX_USER: 'mcp@pam', PROXMOX_TOKEN_ID: 'mcp@pve!a' },
      /a token of mcp@pve, but PROXMOX_USER is mcp@pam/,
    ],
    [
      { PROXMOX_TOKEN_ID: 'mcp@pve!a', PROXMOX_URL: 'http://pve.lan' },
      /PROXMOX_URL: .*https only: write https/,
    ],
  ])('%j', (env, line) => {
    const said = refusal({ PROXMOX_PASSWORD: SECRET, ...env });
    expect(said).toMatch(line);
    expect(said.split('\n')).toHaveLength(2);
    expect(said).not.toContain(SECRET);
  });

  test('the secret of one token beside the name of another', () => {
    const said = refusal({ PROXMOX_TOKEN_ID: 'mcp@pve!b', PROXMOX_PASSWORD: `mcp@pve!a=${SECRET}` });
    expect(said).toMatch(/PROXMOX_PASSWORD is the secret of another token/);
    expect(said).not.toContain(SECRET);
  });
});
