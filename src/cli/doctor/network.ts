import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { readProxy } from '../../api/proxy.ts';
import type { ProxmoxConfig } from '../../config/parse.ts';
import { isProxied, openSocket, readCertificate, targetOf } from '../certificate.ts';
import { bad, badFrom, type Finding, good, note } from './finding.ts';

/** How long a certificate should still last, so that nobody is surprised. */
const SOON = 14 * 24 * 3_600_000;

/** How far one host can be reached: name, connection, certificate. Ends with the first thing that is bad. */
export async function* reach(url: string, proxmox: ProxmoxConfig, now: number): AsyncGenerator<Finding> {
  const { host, name } = targetOf(url);
  const proxied = isProxied(url, proxmox);
  if (proxied) yield good('proxy', `${name} is reached through ${readProxy(proxmox.proxy ?? '').name}.`);
  else if (proxmox.proxy !== undefined)
    yield note('proxy', `There is one, but ${name} is reached without it (NO_PROXY).`);

  if (!proxied && isIP(host) === 0) {
    const found = await addressesOf(host);
    yield found;
    if (found.state === 'bad') return;
  }
  let socket: Awaited<ReturnType<typeof openSocket>>;
  try {
    socket = await openSocket(url, { ...proxmox, timeoutMs: Math.min(proxmox.timeoutMs, 10_000) });
  } catch (error) {
    yield badFrom('TCP', error);
    return;
  }
  yield good('TCP', `${name} takes connections.`);
  yield* certificate(socket, url, proxmox, now);
}

async function addressesOf(host: string): Promise<Finding> {
  try {
    const addresses = await lookup(host, { all: true });
    return good('DNS', `${host} is ${addresses.map(({ address }) => address).join(', ')}.`);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return bad(
      'DNS',
      `The name ${host} can't be resolved (${code}).`,
      'Check PROXMOX_URL for its spelling, or use the IP address.',
    );
  }
}

async function* certificate(
  socket: Parameters<typeof readCertificate>[0],
  url: string,
  { verifySsl: verify, ca, fingerprint, timeoutMs }: ProxmoxConfig,
  now: number,
): AsyncGenerator<Finding> {
  const settings = {
    verify,
    ...(ca !== undefined && { ca }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
  try {
    const { distrust, validTo } = await readCertificate(socket, url, settings, Math.min(timeoutMs, 10_000));
    if (distrust !== undefined) {
      yield badFrom('TLS', distrust);
      return;
    }
    if (fingerprint !== undefined) yield good('TLS', 'The certificate is the pinned one.');
    else if (!verify)
      yield note(
        'TLS',
        'Any certificate is taken (PROXMOX_VERIFY_SSL=false): whoever sits in between gets the login.',
        'Pin the certificate: PROXMOX_FINGERPRINT; or PROXMOX_CA_FILE.',
      );
    else yield good('TLS', `The certificate is trusted${ca === undefined ? '' : ' (PROXMOX_CA_FILE)'}.`);
    yield* expiry(validTo, now, fingerprint !== undefined);
  } catch (error) {
    yield badFrom('TLS', error);
  }
}

/** A pinned certificate is taken also when its time is over; but the server will soon show another one. */
function* expiry(validTo: number, now: number, isPinned: boolean): Generator<Finding> {
  if (validTo - now > SOON) return;
  const day = new Date(validTo).toISOString().slice(0, 10);
  const hint = isPinned
    ? 'Proxmox renews its own certificate by itself: then compare the new fingerprint and set PROXMOX_FINGERPRINT.'
    : 'Renew it on the server (`pvenode cert`, `pvecm updatecerts`).';
  yield note(
    'TLS',
    validTo <= now ? `The certificate expired on ${day}.` : `The certificate expires on ${day}.`,
    hint,
  );
}
