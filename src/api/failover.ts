import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import type { Connection } from './connect.ts';
import { NotSent } from './network-failure.ts';
import type { Host, WireRequest } from './wire.ts';

/** How long a host that could not be reached is left alone, in milliseconds. */
const REST_MS = 30_000;

interface Member {
  connection: Connection;
  /** Until when others are asked first, in ms since 1970. */
  restsUntil: number;
}

/**
 * Several hosts of one cluster as one connection. Calls stay with one host until it can't be reached, then with the next;
 * one that could not be reached is left alone for 30 s, or asked when no other is left.
 *
 * - A call moves on when the connection was never made: nothing was sent, so a change is safe too.
 * - A GET also moves on when the connection closed before an answer.
 * - Nothing else moves on. A certificate that is not trusted is an alarm and a refused login is an answer; both are the
 *   same for every host or should be known. A host that is silent after it got the call may be at work on it.
 */
export function withFailover(connections: readonly Connection[], clock: Clock): Connection {
  const [only] = connections;
  if (connections.length === 1 && only !== undefined) return only;
  const members: Member[] = connections.map((connection) => ({ connection, restsUntil: 0 }));
  let current = 0;

  /** The one in use, then those behind it; those that rest only where all do. */
  function inOrder(): Member[] {
    const ring = members.map((_, i) => members[(current + i) % members.length] as Member);
    const awake = ring.filter(({ restsUntil }) => restsUntil <= clock.now());
    return awake.length > 0 ? awake : ring;
  }

  function rest(member: Member): void {
    member.restsUntil = clock.now() + REST_MS;
    const index = members.indexOf(member);
    if (index === current) current = (index + 1) % members.length;
  }

  async function tell<T>(member: Member, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (isAway(error)) rest(member);
      throw error;
    }
  }

  return {
    async send(request) {
      const failures: Failure[] = [];
      for (const member of inOrder()) {
        try {
          return await tell(member, member.connection.send(request));
        } catch (error) {
          if (!isAway(error) || !mayMoveOn(error, request)) throw error;
          failures.push(error);
        }
      }
      throw nobody(failures);
    },
    async host() {
      const [member] = inOrder() as [Member];
      const host = await member.connection.host();
      const pinned: Host = {
        send: (request) => tell(member, host.send(request)),
        upgrade: (request) => tell(member, host.upgrade(request)),
      };
      return pinned;
    },
    async close() {
      await Promise.all(members.map(({ connection }) => connection.close()));
    },
  };
}

/** Whether the host itself can't be reached. */
function isAway(error: unknown): error is Failure {
  if (!(error instanceof Failure)) return false;
  return error.code === 'unreachable' || (error.code === 'timeout' && error instanceof NotSent);
}

function mayMoveOn(error: Failure, request: WireRequest): boolean {
  // A stream is read once.
  if (request.stream !== undefined) return false;
  return error instanceof NotSent || request.method === 'GET';
}

function nobody(failures: readonly Failure[]): Failure {
  const [first, ...others] = failures as [Failure, ...Failure[]];
  if (others.length === 0) return first;
  const sent = failures.some((failure) => !(failure instanceof NotSent));
  return new (sent ? Failure : NotSent)(
    first.code,
    `None of the ${failures.length} hosts answers: ${failures.map(({ message }) => message).join(' ')}`,
    first.hint,
  );
}
