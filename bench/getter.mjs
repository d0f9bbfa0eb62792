// A process that makes so many GETs in one way, and says how long it took and how much processor time: for bench/client.mjs.
import { load } from './harness.mjs';

const { kind, url, tokenId, tokenSecret, fingerprint, count, width } = JSON.parse(process.argv[2]);
const PATH = '/version';

const makers = {
  async undici() {
    const { Pool } = await import('undici');
    const pool = new Pool(url, { connections: width, pipelining: 1, connect: { rejectUnauthorized: false } });
    const headers = { authorization: `PVEAPIToken=${tokenId}=${tokenSecret}` };
    return async () => {
      const { body } = await pool.request({ method: 'GET', path: `/api2/json${PATH}`, headers });
      return JSON.parse(await body.text()).data;
    };
  },
  async ours() {
    const { createClient, path } = await import('../dist/client.js');
    const client = createClient({ url, tokenId, secret: tokenSecret, fingerprint, connections: width });
    return () => client.get(path`/version`);
  },
};

const one = await makers[kind]();
await load(one, 1000, width);
const before = process.cpuUsage();
const { perSecond } = await load(one, count, width);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ perSecond, cpuMsPerThousand: (user + system) / count }));
process.exit(0);
