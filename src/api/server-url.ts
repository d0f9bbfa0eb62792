/** A server's address, read; or what is wrong with it, in words for whoever wrote it. */
export type ServerUrl = { url: string; problem?: never } | { problem: string; url?: never };

/**
 * `pve.lan`, `pve.lan:8006`, `https://pve.lan/prefix`, `fe80::1` or `[fe80::1]:8006` as `https://host:port/prefix`: one
 * spelling for each server.
 *
 * @param port the product's own, for an address without one
 */
export function readServerUrl(text: string, port: number): ServerUrl {
  if (/^http:/i.test(text))
    return { problem: 'Proxmox speaks https only: write https://, or the host alone' };
  if (text.includes('://') && !/^https:/i.test(text)) return noUrl;
  const bareV6 = /^[\da-f]*:[\da-f:.]*:[\da-f.]*$/i.test(text);
  const withScheme = /^https:\/\//i.test(text) ? text : `https://${bareV6 ? `[${text}]` : text}`;
  if (!URL.canParse(withScheme)) return noUrl;
  const url = new URL(withScheme);
  if (url.username !== '' || url.password !== '') return { problem: 'no login belongs in the URL' };
  if (url.search !== '') return { problem: 'expected no ? in it' };
  // What the browser shows behind # is a place in Proxmox's page, and goes to no server.
  // URL drops :443 as the scheme's own; whoever writes it means it.
  const found = url.port || (/:443(\/|$)/.test(withScheme) ? '443' : String(port));
  const prefix = url.pathname.replace(/\/+$/, '').replace(/\/api2(\/json)?$/, '');
  return { url: `https://${url.hostname}:${found}${prefix}` };
}

const noUrl: ServerUrl = { problem: 'expected host, host:port or an https URL' };
