import { createClient } from '@redis/client';
import { noAnswer, storeTrouble } from './trouble.ts';

/** What a command answers. */
export type Reply = string | number | null | readonly Reply[];

/** One connection, as long as it stands. */
export interface Session {
  /**
   * Sends one command of Redis, such as `['GET', 'key']`. It is never sent a second time.
   *
   * @throws Failure `ledger`: where no answer came, nobody knows whether it was carried out
   */
  send(command: readonly string[]): Promise<Reply>;
}

/** How long a connection may take, and an answer, in milliseconds. */
const PATIENCE = 4_000;

/** A session, whether it still stands, and how to end it. */
export interface Opened extends Session {
  isReady(): boolean;
  destroy(): void;
}

/**
 * Opens one connection, which is not opened again when it breaks.
 *
 * @throws Failure `ledger`
 */
export async function connect(url: string, place: string, patience = PATIENCE): Promise<Opened> {
  const client = createClient({
    url,
    // The old protocol is spoken by every server, and has no messages that nobody asked for.
    RESP: 2,
    maintNotifications: 'disabled',
    socket: { connectTimeout: patience, reconnectStrategy: false },
    disableOfflineQueue: true,
    disableClientInfo: true,
  });
  // What breaks is told to whoever waits for an answer, and seen by whoever comes next.
  client.on('error', () => {});
  const answered = async <T>(answer: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(noAnswer(place)), patience);
      });
      return await Promise.race([answer, late]);
    } catch (error) {
      const failure = storeTrouble(place, error);
      // An answer that comes after all would be taken for that of another command.
      if (failure === error) client.destroy();
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    await answered(client.connect());
  } catch (error) {
    client.destroy();
    throw error;
  }
  return {
    send: (command) => answered(client.sendCommand<Reply>(command)),
    isReady: () => client.isReady,
    destroy: () => client.destroy(),
  };
}
