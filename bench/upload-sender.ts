// The process that bench/upload.mjs watches: it warms up, uploads one file and says how much memory that took.
import { setTimeout as settle } from 'node:timers/promises';
import { Api } from '../src/api/api.ts';
import { connect } from '../src/api/connect.ts';
import { realClock } from '../src/clock.ts';
import { Pve } from '../src/pve/pve.ts';

const { url, fingerprint, tokenId, tokenSecret } = JSON.parse(process.env.CLUSTER ?? '{}');
const [user, tokenName] = tokenId.split('!');
const connection = connect({ url, fingerprint, verify: true, timeoutMs: 30_000 });
const login = { kind: 'token', user, tokenName, secret: tokenSecret } as const;
const pve = new Pve(new Api({ send: connection.send, login, clock: realClock }), realClock);

const order = { node: 'pve1', storage: 'local', content: 'iso' } as const;
const upload = (source: Parameters<typeof pve.files.upload>[0]['source'], filename: string) =>
  pve.files.upload({ ...order, source, filename });

const MiB = 1024 ** 2;
const rss = () => process.memoryUsage.rss() / MiB;
// A first call loads the HTTP library, whose parser V8 then compiles for a while in the background.
await pve.nodes.list();
await settle(1000);
const before = rss();
let peak = before;
const watch = setInterval(() => {
  peak = Math.max(peak, rss());
}, 20);
const begun = performance.now();
await upload(process.env.FILE ?? '', 'big.iso');
clearInterval(watch);
peak = Math.max(peak, rss());
console.log(JSON.stringify({ before, peak, seconds: (performance.now() - begun) / 1000 }));
await connection.close();
