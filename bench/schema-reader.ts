// One process that reads the API's description once: how long it took, what it weighs, and where it came from.
import { LiveSchema } from '../src/api/live-schema.ts';
import { createClient } from '../src/client.ts';
import { realClock } from '../src/clock.ts';
import { FileSchemaCache } from '../src/state/schema-cache.ts';

const { url, tokenId, tokenSecret, fingerprint } = JSON.parse(process.env.CLUSTER ?? '');
const client = createClient({ url, tokenId, secret: tokenSecret, fingerprint });
// The connection, which every call needs, is none of the schema's cost.
await client.get('/version' as Parameters<typeof client.get>[0]);

const cache = new FileSchemaCache(process.env.STATE ?? '');
const live = new LiveSchema({ api: client, cache, clock: realClock, host: url });
const before = weight();
const from = performance.now();
const schema = await live.get();
const ms = performance.now() - from;
const after = weight();
console.log(
  JSON.stringify({
    ...{ ms, source: schema.source, methods: schema.catalog.methods.length },
    ...{ heap: after.heap - before.heap, rss: after.rss - before.rss },
  }),
);
await client.close();

/** In MiB, after the garbage collector has been. */
function weight(): { heap: number; rss: number } {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20 };
}
