import { scrypt, timingSafeEqual } from 'node:crypto';

/**
 * What tells the operator's secret from others, and does not give it away. It goes into the plan: so the secret is asked
 * for wherever the plan is approved, whatever the settings there are.
 *
 * @param seed of the salt: the same secret makes the same lock with it
 */
export async function makeLock(secret: string, seed: string): Promise<string> {
  const salt = Buffer.from(seed).subarray(0, 32);
  return `${salt.toString('hex')}.${(await derive(secret, salt)).toString('hex')}`;
}

/** Whether this is the secret that the lock was made with. */
export async function opens(lock: string, secret: string): Promise<boolean> {
  const [salt = '', hash = ''] = lock.split('.');
  const wanted = Buffer.from(hash, 'hex');
  const got = await derive(secret, Buffer.from(salt, 'hex'));
  return got.length === wanted.length && timingSafeEqual(got, wanted);
}

function derive(secret: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(secret, salt, 32, (error, key) => (error === null ? resolve(key) : reject(error))),
  );
}
