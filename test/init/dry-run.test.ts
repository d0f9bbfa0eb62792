import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parsePath } from '../../src/api/path.ts';
import type { Verb } from '../../src/api/wire.ts';
import { createClient } from '../../src/client.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { run } from '../program.ts';
import { accessOf, town } from './town.ts';

/** What `pveum` calls for a command: the words stand for the parameters of its path (PVE's own `pveum help`). */
const COMMANDS: Record<string, (words: string[]) => [verb: Verb, path: string, own: Record<string, string>]> =
  {
    'role add': ([roleid = '']) => ['POST', '/access/roles', { roleid }],
    'user add': ([userid = '']) => ['POST', '/access/users', { userid }],
    'user token add': ([userid, tokenid]) => ['POST', `/access/users/${userid}/token/${tokenid}`, {}],
    'acl modify': ([path = '']) => ['PUT', '/access/acl', { path }],
  };

/** Takes a line apart as a shell and pveum do. */
function readLine(line: string): [verb: Verb, path: string, params: Record<string, string>] {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  expect(words.shift()).toBe('pveum');
  const name = Object.keys(COMMANDS).find((command) => `${words.join(' ')} `.startsWith(`${command} `)) ?? '';
  words.splice(0, name.split(' ').length);
  const at = words.findIndex((word) => word.startsWith('--'));
  const [verb, path, own] = COMMANDS[name]?.(words.slice(0, at)) ?? ['GET', '', {}];
  const options = words.slice(at);
  for (let i = 0; i < options.length; i += 2) own[(options[i] ?? '').slice(2)] = options[i + 1] ?? '';
  return [verb, path, own];
}

test.each(['read', 'operate', 'full'])('the pveum lines for %s do what init does', async (level) => {
  const { program, sure, simulator } = await town();
  await program([...sure, '--level', level]);

  const other = createSimulator({ seed: 'demo' });
  const { fetch: send, clock, logins } = other;
  const admin = createClient({ send, clock, user: 'root@pam', password: logins['root@pam'] ?? '' });
  const { stdout, code } = await run(['init', '--dry-run', '--level', level, '--json']);
  expect(code).toBe(0);
  for (const line of JSON.parse(stdout).commands) {
    const [verb, path, params] = readLine(line);
    await admin.request(verb, parsePath(path).path, params);
  }
  expect(accessOf(other)).toEqual(accessOf(simulator));
});

test('it asks nothing, touches nothing, and says what to do with the lines', async () => {
  const { program, simulator, listening, file } = await town();
  const { stdout, code } = await program(['--dry-run', '--url', listening.url, '--user', 'ai@pve'], '');
  expect(code).toBe(0);
  expect(stdout).toContain(
    "\npveum user token add ai@pve mcp --privsep 1 --comment 'Made by proxmox-mcp init'\n",
  );
  expect(stdout).toContain("--tokens 'ai@pve!mcp' --propagate 1");
  expect(stdout).toContain(`PROXMOX_URL=${listening.url}`);
  expect(stdout).toContain('chmod 600');
  expect(simulator.received).toEqual([]);
  expect(existsSync(file)).toBe(false);
});
