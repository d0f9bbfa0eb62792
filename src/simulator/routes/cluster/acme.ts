import { type Call, type Handler, parameterErrors, type Routes } from '../../call.ts';
import type { Work } from '../../world/tasks.ts';
import { no, startTask } from '../find.ts';
import { sectionRoutes } from '../section-routes.ts';

const directories = [
  { name: "Let's Encrypt V2", url: 'https://acme-v02.api.letsencrypt.org/directory' },
  { name: "Let's Encrypt V2 Staging", url: 'https://acme-staging-v02.api.letsencrypt.org/directory' },
];

/** Nobody is registered, since nobody can be reached to register with. */
function account({ params }: Call): never {
  const name = params.name ?? 'default';
  throw parameterErrors({ name: `ACME account config file '${name}' does not exist.` });
}

const unreachable = ({ params }: Call): never => {
  const url = params.directory ?? directories[0]?.url;
  throw no(`GET to ${url} failed: Can't connect to ${new URL(url).host}:443 (Connection refused)`);
};

/** Registering begins, and ends where the CA is to be asked. */
function register(call: Call): string {
  const [here] = call.world.nodes.values();
  if (!here) throw no('no nodes');
  const url = call.params.directory ?? directories[0]?.url;
  return startTask(call, here, 'acmeregister', '', function* (log): Work {
    log('Generating ACME account key..');
    yield 800;
    log('Registering ACME account..');
    yield 200;
    const why = `Can't connect to ${new URL(url).host}:443 (Connection refused)`;
    throw no(`Registration failed: GET to ${url} failed: ${why}`);
  });
}

const plugins = sectionRoutes({
  ...{ file: 'acme/plugins', base: '/cluster/acme/plugins', id: 'id' },
  unknown: (id) => no(`ACME plugin '${id}' not defined`),
  absent: (id) => no(`ACME plugin ID '${id}' does not exist`),
  taken: (id) => no(`ACME plugin ID '${id}' already exists`),
  required: (type) => (type === 'dns' ? ['api'] : []),
  row: (plugin, section, digest) => ({ ...section, plugin, digest }),
  view: (plugin, section, digest) => ({ ...section, plugin, digest }),
});
const listPlugins = plugins['GET /cluster/acme/plugins'] as Handler;

/** Certificates from others: plugins are kept, and there is no account. */
export const acmeRoutes: Routes = {
  'GET /cluster/acme': () =>
    ['account', 'tos', 'meta', 'directories', 'plugins', 'challenge-schema'].map((name) => ({ name })),
  'GET /cluster/acme/directories': () => directories,
  'GET /cluster/acme/tos': unreachable,
  'GET /cluster/acme/meta': unreachable,
  'GET /cluster/acme/account': () => [],
  'POST /cluster/acme/account': register,
  'GET /cluster/acme/account/{name}': account,
  'PUT /cluster/acme/account/{name}': account,
  'DELETE /cluster/acme/account/{name}': account,
  ...plugins,
  'GET /cluster/acme/plugins': async (call) => [
    { plugin: 'standalone', type: 'standalone' },
    ...((await listPlugins(call)) as object[]),
  ],
};
