import { ErrorReply } from '@redis/client';
import type { Failure } from '../../failure.ts';
import type { Reply, Session } from './session.ts';
import { noAnswer, notDurable } from './trouble.ts';

/** How long the disk of Redis may take for a line, in milliseconds. */
const SLOWEST = 3_000;
const WAIT = ['WAITAOF', '1', '0', String(SLOWEST)];

/** Returns when what was written over this connection is on the disk of the server. */
export type Settled = () => Promise<void>;

/**
 * How one connection knows that what it wrote will be there after a power cut: from Redis 7.2 and Valkey on the server says
 * when its append-only file has it (WAITAOF); an older one must be set to write each answer's data before the answer
 * (`appendfsync always`). Where neither can be known, nothing may depend on it.
 *
 * @throws Failure `ledger`
 */
export async function durability(session: Session, place: string): Promise<Settled> {
  const evicts = await setting(session, 'maxmemory-policy');
  if (evicts?.startsWith('allkeys-') && (await setting(session, 'maxmemory')) !== '0') {
    throw notDurable(place, 'Set maxmemory-policy to noeviction: now it throws away keys when it is full.');
  }
  try {
    await session.send(WAIT);
    return async () => {
      const reply = await session.send(WAIT);
      const onDisk = Array.isArray(reply) ? Number(reply[0]) : 0;
      if (onDisk < 1) throw noAnswer(place, 'has a disk that is too slow');
    };
  } catch (error) {
    await lacksWaiting(error as Failure, session, place);
    return async () => {};
  }
}

async function lacksWaiting(failure: Failure, session: Session, place: string): Promise<void> {
  const said = failure.cause instanceof ErrorReply ? failure.cause.message : undefined;
  if (said === undefined) throw failure;
  const persist = 'CONFIG SET appendonly yes, and the same in its file';
  if (/appendonly/.test(said)) throw notDurable(place, `${persist}.`);
  // It is no command of this server, or none that we may use.
  const [appendonly, appendfsync] = [
    await setting(session, 'appendonly'),
    await setting(session, 'appendfsync'),
  ];
  if (appendonly === 'yes' && appendfsync === 'always') return;
  const why = appendonly === undefined ? ' It does not say how it is set (CONFIG GET).' : '';
  throw notDurable(
    place,
    `Set it so: ${persist}, CONFIG SET appendfsync always (from Redis 7.2 and with Valkey everysec is enough).${why}`,
  );
}

/** Undefined where the server does not tell. */
async function setting(session: Session, name: string): Promise<string | undefined> {
  const reply: Reply = await session.send(['CONFIG', 'GET', name]).catch((error: Failure) => {
    if (error.cause instanceof ErrorReply) return null;
    throw error;
  });
  return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : undefined;
}
