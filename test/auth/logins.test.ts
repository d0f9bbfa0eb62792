import { expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { callTool, clientFor } from '../connect.ts';
import { run, start, stateFolder, waitFor } from '../program.ts';
import { AUDIENCE, startIssuer } from './issuer.ts';

const TOKEN = {
  alice: 'CANARY-alice-0123456789',
  bob: 'CANARY-bob-0123456789',
  carol: 'CANARY-carol-0123456789',
};
const START = { path: '/nodes/pve1/lxc/101/status/start', method: 'POST' };

/** The shipped program before a simulated Proxmox that listens like a real one. */
async function house(env: Record<string, string>) {
  const simulator = createSimulator({ seed: 'tiny', clock: realClock });
  const listening = await simulator.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => listening.close());
  const secretOf = (tokenId: string) => ({ tokenId, secret: simulator.logins[tokenId] ?? '' });
  const state = stateFolder();
  const child = start(['--transport', 'http', '--port', '0', '--log-level', 'trace'], {
    PROXMOX_URL: listening.url,
    PROXMOX_FINGERPRINT: listening.fingerprint,
    PROXMOX_USER: 'root@pam',
    PROXMOX_PASSWORD: simulator.logins['root@pam'] ?? '',
    MCP_LOGINS: JSON.stringify({
      alice: secretOf('root@pam!full'),
      bob: secretOf('monitor@pve!ro'),
      'oauth:alice': secretOf('monitor@pve!ro'),
    }),
    MCP_STATE_DIR: state,
    MCP_APPROVE: 'never',
    ...env,
  });
  let logged = '';
  child.stderr.on('data', (part) => (logged += part));
  const [, url = ''] = await waitFor(child.stderr, /(http:\/\/127\.0\.0\.1:\d+)/);
  const as = async (token: string) => {
    const client = await clientFor(url, 'streamable', {}, token);
    return (name: string, args: Record<string, unknown>) => callTool(client, name, args);
  };
  // The password of root@pam there is a word that stands everywhere.
  const random = Object.values(simulator.logins).filter((secret) => secret.length > 20);
  const secrets = [...random, ...Object.values(TOKEN)];
  return { simulator, as, state, secrets, logged: () => logged };
}

const two = `alice:danger:${TOKEN.alice},bob:danger:${TOKEN.bob}`;

test('each acts at Proxmox with a login of their own: its ACL holds, and its task log says who', async () => {
  const { as, state, simulator, secrets, logged } = await house({ MCP_AUTH_TOKEN: two });
  const [alice, bob] = await Promise.all([as(TOKEN.alice), as(TOKEN.bob)]);
  const refused = await bob('proxmox_api_call', START);
  expect(refused.text).toMatch(/Error \(forbidden\)/);
  expect(simulator.world.guest(101)?.status).toBe('stopped');
  const started = await alice('proxmox_api_call', START);
  expect(started.isError).toBe(false);
  const tasks = await alice('proxmox_api_call', { path: '/cluster/tasks' });
  expect(JSON.stringify(tasks.data)).toMatch(/UPID:pve1:[^"]*:vzstart:101:root@pam!full:/);

  const audit = await run(['audit', '--json'], { env: { MCP_STATE_DIR: state } });
  expect(audit.stdout).toMatch(/"alice"/);
  expect(audit.stdout).toMatch(/root@pam!full/);
  expect(audit.stdout).toMatch(/monitor@pve!ro/);
  const everything =
    [refused, started, tasks].map((answer) => JSON.stringify(answer)).join() + audit.stdout + logged();
  for (const secret of secrets) expect(everything).not.toContain(secret);
});

test('who has no login of their own is refused, or acts with the usual one where the settings say so', async () => {
  const issuer = await startIssuer();
  const oauth = { MCP_OAUTH_ISSUER: issuer.url, MCP_OAUTH_AUDIENCE: AUDIENCE };
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, nbf: now, exp: now + 300 };
  const strict = await house({ MCP_AUTH_TOKEN: two, ...oauth });
  const stranger = await strict.as(await issuer.token({ ...times, sub: 'carol' }));
  expect((await stranger('list_nodes', {})).text).toMatch(/not_allowed.*oauth:carol has no login to Proxmox/);
  // Of one name, and not the same: the subject is not the holder of the token.
  const mapped = await strict.as(await issuer.token(times));
  expect((await mapped('list_nodes', {})).isError).toBe(false);
  expect((await mapped('proxmox_api_call', START)).text).toMatch(/Error \(forbidden\)/);

  const others = { MCP_LOGINS_OTHERS: 'default', MCP_AUTH_TOKEN: `${two},carol:danger:${TOKEN.carol}` };
  const open = await house(others);
  const carol = await open.as(TOKEN.carol);
  expect((await carol('proxmox_api_call', START)).isError).toBe(false);
  const tasks = await carol('proxmox_api_call', { path: '/cluster/tasks' });
  expect(JSON.stringify(tasks.data)).toMatch(/:vzstart:101:root@pam:/);
});

const BASE = { PROXMOX_URL: 'pve.invalid', PROXMOX_USER: 'a@pam', PROXMOX_PASSWORD: 'CANARY' };
const ONE = '{"alice":{"tokenId":"alice@pve!mcp","secret":"CANARY"}}';

test.each([
  [{ MCP_LOGINS: '{"alice": "CANARY' }, /MCP_LOGINS: is not JSON/],
  [{ MCP_LOGINS: '["CANARY"]' }, /MCP_LOGINS: expected \{/],
  [{ MCP_LOGINS: '{}' }, /MCP_LOGINS: holds no login/],
  [{ MCP_LOGINS: '{"alice":{"tokenId":"mcp","secret":"CANARY"}}' }, /MCP_LOGINS: entry 1: expected/],
  [{ MCP_LOGINS: '{"alice":{"tokenId":"a@pve!b","secret":"CANARY","user":"x@pve"}}' }, /entry 1: expected/],
  [{ MCP_LOGINS: ONE, MCP_AUTH_TOKEN: 'bob:read:CANARY-0123456789' }, /MCP_LOGINS has no login for bob/],
  [{ MCP_LOGINS: ONE, MCP_TRANSPORT: 'stdio' }, /MCP_LOGINS: over stdio there is one caller/],
  [{ MCP_LOGINS: ONE, MCP_DEMO: '1' }, /MCP_LOGINS: the simulated cluster has one login/],
  [{ MCP_LOGINS_FILE: '/nonexistent/logins' }, /MCP_LOGINS_FILE: cannot read/],
])('%j is refused in one clear line', async (env, message) => {
  const { code, stderr } = await run([], {
    env: { ...BASE, MCP_TRANSPORT: 'http', ...(env as Record<string, string>) },
  });
  expect(code).toBe(78);
  expect(stderr).toMatch(message);
  expect(stderr).toContain('A setting is missing or wrong');
  expect(stderr).not.toContain('CANARY');
});
