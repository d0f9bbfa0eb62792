import * as z from 'zod';

/** Where replicas keep what they share. A login may stand in it. */
export const storeUrl = z.string().refine(isStoreUrl, {
  error: 'expected redis://[user:password@]host[:port][/database], or rediss:// (TLS)',
});

function isStoreUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, username, password, search, hash } = new URL(text);
  try {
    decodeURIComponent(username + password);
  } catch {
    return false;
  }
  const isRedis = protocol === 'redis:' || protocol === 'rediss:';
  return isRedis && hostname !== '' && /^(\/\d{0,5})?$/.test(pathname) && search === '' && hash === '';
}
