import { realClock } from '../clock.ts';
import type { Config } from '../config/parse.ts';
import type { RedisStore } from '../state/redis/store.ts';

/** What this server shares with its replicas; undefined where it keeps everything in its state folder. */
export async function openStore({ store }: Pick<Config, 'store'>): Promise<RedisStore | undefined> {
  if (store === undefined) return undefined;
  const { openRedisStore } = await import('../state/redis/store.ts');
  return openRedisStore({ ...store, clock: realClock });
}
