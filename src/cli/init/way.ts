import { settings } from '../../config/settings.ts';
import type { Way } from '../certificate.ts';

/** How to get to Proxmox from here, as the server itself will read it from the environment. */
export function wayIn(env: Readonly<Record<string, string | undefined>>): Way {
  const first = ({ env: name, aliases }: { env: string; aliases?: readonly string[] }) =>
    [name, ...(aliases ?? [])].map((one) => env[one]).find((value) => value !== undefined && value !== '');
  return {
    proxy: first(settings.proxy),
    noProxy: first(settings.noProxy) ?? settings.noProxy.default ?? '',
    timeoutMs: 30_000,
  };
}
