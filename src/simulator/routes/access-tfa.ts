import { ApiError, type Call, type Routes } from '../call.ts';
import { REALMS } from '../world/realms.ts';

const base = '/access/tfa';

function realmType({ params, world }: Call, realm = String(params.userid).split('@').at(-1) ?? ''): unknown {
  return REALMS.get(realm)?.type ?? world.sections.of('domains').get(realm)?.type;
}

/** Nobody has a second factor here, so every entry that is asked for is missing. */
function missing({ params }: Call): never {
  throw new ApiError(404, `No such tfa entry '${params.id}'`);
}

function kinds(call: Call) {
  const realm = String(call.params.userid).split('@').at(-1);
  if (realmType(call) === undefined) throw new ApiError(500, `auth domain '${realm}' does not exist`);
  return call.params.multiple ? { user: [] } : {};
}

/** Sends a browser to a provider of logins; none can be reached. */
function authUrl(call: Call): never {
  const { realm } = call.params;
  const type = realmType(call, realm);
  if (type === undefined) throw new ApiError(500, `authentication domain '${realm}' does not exist`);
  if (type !== 'openid') throw new ApiError(500, `wrong realm type (${type} != openid)`);
  throw new ApiError(500, 'Connection refused');
}

/** Second factors and logins by others: nobody has one, and none can be added. */
export const accessTfaRoutes: Routes = {
  [`GET ${base}`]: () => [],
  [`GET ${base}/{userid}`]: () => [],
  [`GET ${base}/{userid}/{id}`]: missing,
  [`PUT ${base}/{userid}/{id}`]: missing,
  [`DELETE ${base}/{userid}/{id}`]: missing,
  'GET /access/users/{userid}/tfa': kinds,
  'PUT /access/users/{userid}/unlock-tfa': () => false,
  'GET /access/openid': () => [{ subdir: 'auth-url' }, { subdir: 'login' }],
  'POST /access/openid/auth-url': authUrl,
};
