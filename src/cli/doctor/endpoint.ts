import type { Clock } from '../../clock.ts';
import { isLoopback } from '../../config/access.ts';
import type { Config } from '../../config/parse.ts';
import { bad, type Finding, good, note } from './finding.ts';
import { issuerOf } from './issuer.ts';
import { portOf } from './port.ts';

/** What clients will meet where this server is reached over HTTP. */
export async function* endpoint(config: Config, clock: Clock): AsyncGenerator<Finding> {
  const { host, port, access, allowedHosts, publicUrl } = config;
  const isLocal = isLoopback(host);
  const asks = access.tokens.length > 0 || access.oauth !== undefined;
  yield good('HTTP', `It will listen on ${host}:${port}${isLocal ? ', for this machine alone' : ''}.`);
  yield await portOf(host, port);
  if (asks)
    yield good(
      'HTTP',
      `Whoever comes must have ${access.oauth === undefined ? 'a token' : 'an access token'}.`,
    );
  else if (isLocal)
    yield note('HTTP', 'Every program on this machine may come in.', 'MCP_AUTH_TOKEN asks for a token.');
  else
    yield bad(
      'HTTP',
      'Whoever reaches it can use Proxmox through it (MCP_AUTH=none).',
      'Set MCP_AUTH_TOKEN, or listen on 127.0.0.1.',
    );

  if (access.oauth !== undefined)
    yield* issuerOf(access.oauth, (url, options) => fetch(url, options), clock.now);

  const names = [...allowedHosts, ...(publicUrl === undefined ? [] : [new URL(publicUrl).host])];
  // A Host header has neither scheme nor path: such an entry lets nobody in.
  const noHosts = allowedHosts.filter((name) => name.includes('/'));
  if (noHosts.length > 0)
    yield bad(
      'Host',
      `MCP_ALLOWED_HOSTS has what no client sends as its Host: ${noHosts.join(', ')}.`,
      'Write the name alone, with the port where the URL has one: mcp.example.com, mcp.example.com:8443.',
    );
  else if (names.length > 0) yield good('Host', `It answers to ${names.join(', ')} and loopback.`);
  else if (isLocal && config.trustedProxies.length === 0)
    yield good('Host', 'It answers to loopback names alone.');
  else
    yield bad(
      'Host',
      'It answers to loopback names alone: clients that use another name get 421 or 403.',
      'Set MCP_ALLOWED_HOSTS to the name in their URL; behind a proxy also MCP_PUBLIC_URL.',
    );
  if (publicUrl !== undefined && config.trustedProxies.length === 0)
    yield note(
      'Host',
      'No proxy is trusted: every client has the address of the proxy, for wrong tokens and in the log.',
      'Set MCP_TRUSTED_PROXIES to the address or network of the proxy, if there is one.',
    );
  if (publicUrl?.startsWith('http:') && !isLoopback(new URL(publicUrl).hostname))
    yield bad(
      'Host',
      'MCP_PUBLIC_URL is http: tokens and the approval secret would cross the network in the clear.',
      'Put TLS in front, and write https.',
    );
}
