import * as z from 'zod';

/** `pve.lan`, `pve.lan:8006`, `https://pve.lan/prefix`, `fe80::1` or `[fe80::1]:8006` to `https://host:port/prefix`. */
export function proxmoxUrl(text: string, context: z.RefinementCtx): string {
  const refuse = (message: string): string => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (/^http:/i.test(text)) return refuse('Proxmox speaks https only');
  if (text.includes('://') && !/^https:/i.test(text))
    return refuse('expected host, host:port or an https URL');
  const bareV6 = /^[\da-f]*:[\da-f:.]*:[\da-f.]*$/i.test(text);
  const withScheme = /^https:\/\//i.test(text) ? text : `https://${bareV6 ? `[${text}]` : text}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    return refuse('expected host, host:port or an https URL');
  }
  if (url.username !== '' || url.password !== '')
    return refuse('no login belongs in the URL; use PROXMOX_USER and PROXMOX_PASSWORD');
  if (url.search !== '' || url.hash !== '') return refuse('expected no ? or # in it');
  // URL drops :443 as the scheme's own; whoever writes it means it.
  const port = url.port || (/:443(\/|$)/.test(withScheme) ? '443' : '8006');
  const prefix = url.pathname.replace(/\/+$/, '').replace(/\/api2(\/json)?$/, '');
  return `https://${url.hostname}:${port}${prefix}`;
}
