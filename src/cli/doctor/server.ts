import { path } from '../../api/path.ts';
import type { Client } from '../../client.ts';
import type { ProxmoxConfig } from '../../config/parse.ts';
import { row, text } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';
import { bad, badFrom, type Finding, good, note } from './finding.ts';

/** From here on TOTP codes and tickets are refused by mistake. */
const FAR_APART = 60_000;

/** The releases that this program knows to work. */
const OLDEST = 8;

/** What time the server thinks it is: every answer says so, to the second. */
export async function* clockOf(client: Client, now: () => number): AsyncGenerator<Finding> {
  try {
    const { headers } = await client.page('/favicon.ico', {});
    const there = Date.parse(headers.date ?? '');
    if (Number.isNaN(there)) return;
    const apart = Math.abs(now() - there);
    const seconds = Math.round(apart / 1000);
    yield apart < FAR_APART
      ? good(
          'clock',
          seconds < 3
            ? 'The clocks here and there agree.'
            : `The clocks here and there are ${seconds} s apart.`,
        )
      : bad(
          'clock',
          `The clocks here and there are ${seconds} s apart.`,
          'Set both by NTP (on the node: `systemctl status chrony`): tickets, codes and times in the ledger depend on it.',
        );
  } catch (error) {
    yield badFrom('clock', error);
  }
}

/** Whether the login is good, and what answers. */
export async function* login(client: Client, { login: given }: ProxmoxConfig): AsyncGenerator<Finding> {
  let version: string;
  try {
    version = line(text(row(await client.get(path`/version`)).version) ?? 'unknown', 40);
  } catch (error) {
    yield badFrom('login', error);
    return;
  }
  const who = client.who.name;
  if (given.kind === 'token') yield good('login', `${who} is let in.`);
  else
    yield note(
      'login',
      `${who} is let in with a password.`,
      'An API token can be given less and be taken back: proxmox-mcp init makes one.',
    );
  const title = client.product.title;
  const major = Number.parseInt(version, 10);
  yield major >= OLDEST
    ? good('version', `${title} ${version}.`)
    : note(
        'version',
        `${title} ${version}, with which this program was never tried.`,
        `It is made for releases from ${OLDEST}.`,
      );
}
