import { createHmac, randomBytes } from 'node:crypto';

/** A ticket and a CSRF token live two hours. */
export const TICKET_LIFETIME = 2 * 60 * 60;
/** What a clock may run ahead, in seconds. */
const GRACE = 300;

/**
 * Login tickets (`PVE:user@realm:TIME::signature`) and the CSRF tokens that belong to them. All times are in seconds
 * since 1970 and come in as arguments. Proxmox signs with RSA; here an HMAC of the same length does.
 */
export class Tickets {
  #key: Buffer;

  constructor(key: Buffer = randomBytes(32)) {
    this.#key = key;
  }

  issue(userid: string, now: number): string {
    const plain = `PVE:${userid}:${hex(now)}`;
    return `${plain}::${this.#sign(plain)}`;
  }

  /** Whose ticket this is; undefined if it is no ticket of ours, or too old. */
  userOf(ticket: string, now: number): string | undefined {
    const [, plain, userid, time, signature] = /^(PVE:(\S+):([0-9A-F]{8}))::(\S+)$/.exec(ticket) ?? [];
    if (plain === undefined || userid === undefined || time === undefined) return undefined;
    return isFresh(time, now) && signature === this.#sign(plain) ? userid : undefined;
  }

  /** Makes every ticket and CSRF token given so far worthless, as time does. */
  revoke(): void {
    this.#key = randomBytes(32);
  }

  issueCsrf(userid: string, now: number): string {
    return `${hex(now)}:${this.#signCsrf(`${hex(now)}:${userid}`)}`;
  }

  isCsrf(token: string, userid: string, now: number): boolean {
    const [, time, signature] = /^([0-9A-F]{8}):(\S+)$/.exec(token) ?? [];
    return time !== undefined && isFresh(time, now) && signature === this.#signCsrf(`${time}:${userid}`);
  }

  /** As long as a signature by a 2048-bit RSA key. */
  #sign(plain: string): string {
    const blocks = [0, 1, 2, 3].map((block) =>
      createHmac('sha512', this.#key).update(`${block}:${plain}`).digest(),
    );
    return Buffer.concat(blocks).toString('base64');
  }

  #signCsrf(plain: string): string {
    return createHmac('sha256', this.#key).update(plain).digest('base64').replace('=', '');
  }
}

function hex(seconds: number): string {
  return Math.floor(seconds).toString(16).toUpperCase().padStart(8, '0');
}

function isFresh(time: string, now: number): boolean {
  const age = now - Number.parseInt(time, 16);
  return age > -GRACE && age < TICKET_LIFETIME;
}
