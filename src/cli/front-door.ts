import { realClock } from '../clock.ts';
import type { Config } from '../config/parse.ts';
import type { Who } from '../server/who.ts';
import type { RedisStore } from '../state/redis/store.ts';
import type { Buckets } from '../transports/auth/buckets.ts';
import type { Doorkeeper } from '../transports/auth/doorkeeper.ts';
import type { Limits } from '../transports/auth/limits.ts';
import type { OauthTokens } from '../transports/auth/oauth.ts';
import type { Proxies } from '../transports/proxies.ts';
import type { Log } from './logger.ts';

/** Whether anybody who comes over HTTP is asked who it is. */
function asksWho({ access }: Config): boolean {
  return access.tokens.length > 0 || access.oauth !== undefined;
}

/** Who is behind a call over HTTP of which the transport says nothing. Where everybody is asked, there is none. */
export function whoever(config: Config): Who {
  return asksWho(config) ? { name: 'nobody', scope: 'read' } : { name: 'anonymous', scope: 'danger' };
}

/** How much each of them may ask for. Nobody is counted apart who is not asked who it is, so nobody is stopped then. */
export async function openLimits(config: Config, buckets: Buckets): Promise<Limits> {
  const { Limits } = await import('../transports/auth/limits.ts');
  const asks = asksWho(config);
  return new Limits({
    perMinute: config.limits.perMinute ?? (asks ? 1200 : 0),
    concurrent: config.limits.concurrent ?? (asks ? 64 : 0),
    buckets,
  });
}

/** Where requests and wrong tokens are counted: for all replicas where they share a store, else in this process. */
export async function openBuckets(store: RedisStore | undefined, log: Log): Promise<Buckets> {
  const { MemoryBuckets } = await import('../transports/auth/buckets.ts');
  const { now } = realClock;
  const own = new MemoryBuckets(now);
  if (store === undefined) return own;
  const { SharedBuckets } = await import('../transports/auth/shared-buckets.ts');
  const { place } = store;
  const onLost = (error: unknown) =>
    log.warn(
      { store: place, err: error },
      'the store does not count: limits hold for each replica by itself',
    );
  const onFound = () => log.info({ store: place }, 'the store counts again: limits hold for all replicas');
  return new SharedBuckets({ own, shared: store.buckets, now, onLost, onFound });
}

/** Who asks everybody for a token. Undefined where the settings ask nobody. */
export async function openDoor(
  config: Config,
  proxies: Proxies,
  buckets: Buckets,
  log: Log,
): Promise<Doorkeeper | undefined> {
  if (!asksWho(config)) return undefined;
  const [{ Doorkeeper }, oauth] = await Promise.all([
    import('../transports/auth/doorkeeper.ts'),
    openOauth(config, proxies, log),
  ]);
  return new Doorkeeper({
    tokens: config.access.tokens,
    ...(oauth && { oauth }),
    now: realClock.now,
    buckets,
    addressOf: (request) => proxies.originOf(request).address,
    onTooManyWrong: (address) => log.warn({ address }, 'many wrong tokens from this address'),
  });
}

async function openOauth(
  { access, publicUrl, pathPrefix }: Config,
  proxies: Proxies,
  log: Log,
): Promise<OauthTokens | undefined> {
  if (access.oauth === undefined) return undefined;
  const { OauthTokens } = await import('../transports/auth/oauth.ts');
  const oauth = new OauthTokens({
    ...access.oauth,
    fetch: (url, options) => fetch(url, options),
    now: realClock.now,
    baseOf(request) {
      if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
      const { proto, host } = proxies.originOf(request);
      // The guard has looked at the host before.
      return `${proto}://${host}${pathPrefix}`;
    },
    onProblem: (problem) => log.warn({ issuer: access.oauth?.issuer }, problem),
  });
  void oauth.warmUp();
  return oauth;
}
