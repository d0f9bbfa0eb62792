import { realClock } from '../clock.ts';
import type { Config } from '../config/parse.ts';
import type { Pve } from '../pve/pve.ts';

/** The token with every privilege in the simulated cluster. */
const DEMO_TOKEN = { user: 'root@pam', tokenName: 'full' } as const;
const DEMO_TOKEN_ID = `${DEMO_TOKEN.user}!${DEMO_TOKEN.tokenName}`;

/** What stands behind the server: a real Proxmox, or the simulated cluster. */
export interface Backend {
  /** Opened at the first call, then the same for all. */
  pve(): Promise<Pve>;
  close(): Promise<void>;
}

/** Loads what is needed to speak to Proxmox only when the first call comes: a server is often just asked for its tools. */
export function createBackend(config: Config): Backend {
  let opened: Promise<{ pve: Pve; close(): Promise<void> }> | undefined;
  const open = () => {
    opened ??= config.proxmox === undefined ? openDemo() : openProxmox(config.proxmox);
    return opened;
  };
  return {
    pve: async () => (await open()).pve,
    // What could not be opened has nothing to close, and has said so at the call that wanted it.
    close: async () => (await opened?.catch(() => undefined))?.close(),
  };
}

async function openProxmox(
  settings: NonNullable<Config['proxmox']>,
): Promise<{ pve: Pve; close(): Promise<void> }> {
  const [{ createClient }, { Pve }] = await Promise.all([import('../client.ts'), import('../pve/pve.ts')]);
  const { urls, ca, fingerprint, verifySsl: verify, timeoutMs, proxy, noProxy, login } = settings;
  const client = createClient({
    url: urls,
    verify,
    timeoutMs,
    noProxy,
    ...(ca !== undefined && { ca }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(proxy !== undefined && { proxy }),
    ...(login.kind === 'token'
      ? { tokenId: `${login.user}!${login.tokenName}`, secret: login.secret }
      : { user: login.user, password: login.password }),
  });
  return { pve: new Pve(client, realClock), close: () => client.close() };
}

async function openDemo(): Promise<{ pve: Pve; close(): Promise<void> }> {
  const [{ Api }, { Pve }, { createSimulator }] = await Promise.all([
    import('../api/api.ts'),
    import('../pve/pve.ts'),
    import('../simulator/simulator.ts'),
  ]);
  const simulator = createSimulator({ seed: 'demo', clock: realClock });
  const api = new Api({
    send: simulator.fetch,
    login: { kind: 'token', ...DEMO_TOKEN, secret: simulator.logins[DEMO_TOKEN_ID] ?? '' },
    clock: realClock,
  });
  return { pve: new Pve(api, realClock), close: async () => {} };
}
