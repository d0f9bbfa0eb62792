import { expect, test } from 'vitest';
import { behind } from './behind.ts';
import { startCaddy, startNginx } from './proxy.ts';
import { open, serveStream } from './streams.ts';
import { changed, freePort } from './tools.ts';

behind('nginx', startNginx);
behind('Caddy', startCaddy);

test('the 11 minutes in the file are what ends a silent stream behind nginx', async () => {
  const backend = await serveStream();
  const edit = (file: string) => changed(file, 'proxy_read_timeout 11m', 'proxy_read_timeout 1s');
  const proxy = await startNginx(await freePort(), backend.address, edit);
  const events = await open(proxy);
  await expect(events.next()).rejects.toThrow();
});
