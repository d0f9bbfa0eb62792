import { type Client, createClient, type Watch } from '../client.ts';
import type { ProxmoxConfig } from '../config/parse.ts';

/** A client of the Proxmox that the settings name, with the login they give. */
export function proxmoxClient(settings: ProxmoxConfig, watch?: Watch): Client {
  const { urls, ca, fingerprint, verifySsl: verify, timeoutMs, proxy, noProxy, login } = settings;
  return createClient({
    ...{ url: urls, verify, timeoutMs, noProxy },
    ...(watch && { watch }),
    ...(ca !== undefined && { ca }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(proxy !== undefined && { proxy }),
    ...(login.kind === 'token'
      ? { tokenId: `${login.user}!${login.tokenName}`, secret: login.secret }
      : { user: login.user, password: login.password }),
  });
}
