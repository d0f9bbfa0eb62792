import type { Edit } from './proxy.ts';
import { startCaddy, startNginx } from './proxy.ts';
import { twoReplicasBehind } from './replicas.ts';
import { changed } from './tools.ts';

twoReplicasBehind('nginx', (port, one, other) => startNginx(port, one, withSecond(other)));
twoReplicasBehind('Caddy', (port, one, other) => startCaddy(port, one, withSecond(other)));

/** The shipped file, with what it says of a second replica: a line with a # and no blank behind it is one to take it from. */
function withSecond(address: string): Edit {
  return (source) => changed(source.replaceAll(/^(\s*)#(?=\S)/gm, '$1'), '127.0.0.2:8000', address);
}
