import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** A reader that takes nothing of what waits for it is cut off after this, in milliseconds. */
const STALLED_MS = 30_000;
/** Looks in that time. They are counted, not the time: a process that was asleep has not been waiting. */
const LOOKS = 6;

/** What node:net goes by itself when it tells a slow write from one that stands still; it has no public name. */
interface Handle {
  /** What was ever given to be sent. */
  bytesWritten: number;
  /** What of it the kernel has not taken. */
  writeQueueSize: number;
}

/**
 * Closes every connection whose reader has stopped: something waits to be sent, and the kernel takes nothing of it, since
 * its buffer is full and nobody empties it. It goes for whatever is sent, whether more is to come or not, and what such a
 * client still says does not help it.
 */
export function cutOffStalledReaders(server: Server, stalledMs = STALLED_MS): void {
  const readers = new Map<Socket, { taken: number; looks: number }>();
  server.on('connection', (socket: Socket) => {
    readers.set(socket, { taken: 0, looks: 0 });
    socket.once('close', () => readers.delete(socket));
  });
  const look = () => {
    for (const [socket, reader] of readers) {
      const taken = takenOf(socket);
      reader.looks = socket.writableLength > 0 && taken === reader.taken ? reader.looks + 1 : 0;
      reader.taken = taken;
      // A reset: the kernel would keep what it holds for this reader otherwise.
      if (reader.looks >= LOOKS) socket.resetAndDestroy();
    }
    timer.refresh();
  };
  const timer = setTimeout(look, stalledMs / LOOKS).unref();
  server.once('close', () => clearTimeout(timer));
}

/** How many bytes the kernel has taken for it. */
function takenOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { _handle?: Handle | null };
  return handle ? handle.bytesWritten - handle.writeQueueSize : 0;
}
