import { splitList } from '../../schema/lists.ts';
import { ApiError, type Call, parameterErrors, type Routes } from '../call.ts';
import type { Access, Token } from '../world/access.ts';

/** The API tokens of a user. */
export const accessTokensRoutes: Routes = {
  'GET /access/users/{userid}/token': listTokens,
  'GET /access/users/{userid}/token/{tokenid}': ({ params, world }) =>
    tokenView(existing(world.access, params)),
  'POST /access/users/{userid}/token/{tokenid}': createToken,
  'PUT /access/users/{userid}/token/{tokenid}': updateToken,
  'DELETE /access/users/{userid}/token/{tokenid}': deleteToken,
};

/** A token without its secret. */
export function tokenView({ comment, expire, privsep }: Token): Record<string, unknown> {
  return { ...(comment !== undefined && { comment }), expire, privsep };
}

function existing(access: Access, { userid, tokenid }: Call['params']): Token {
  const user = access.users.get(userid);
  if (!user) throw new ApiError(500, `no such user ('${userid}')`);
  const token = user.tokens.get(tokenid);
  if (!token) throw new ApiError(500, `no such token '${tokenid}' for user '${userid}'`);
  return token;
}

function listTokens({ params, world }: Call): unknown {
  const user = world.access.users.get(params.userid);
  if (!user) throw new ApiError(500, `no such user ('${params.userid}')`);
  return [...user.tokens].map(([tokenid, token]) => ({ tokenid, ...tokenView(token) }));
}

function createToken({ params, world }: Call): unknown {
  const { userid, tokenid, comment, expire, privsep } = params;
  const user = world.access.users.get(userid);
  if (!user) throw new ApiError(500, `no such user ('${userid}')`);
  if (user.tokens.has(tokenid)) throw parameterErrors({ tokenid: 'Token already exists.' });
  const { secret } = world.access.addToken(userid, tokenid, {
    privsep: privsep ?? 1,
    expire: expire ?? 0,
    comment: comment || undefined,
  });
  // Recorded: what was given comes back as it was sent, as text.
  const info = {
    ...(comment && { comment }),
    ...(expire !== undefined && { expire: String(expire) }),
    privsep: privsep === undefined ? 1 : String(privsep),
  };
  return { 'full-tokenid': `${userid}!${tokenid}`, info, value: secret };
}

function updateToken({ params, world }: Call): unknown {
  const token = existing(world.access, params);
  const removed = splitList(params.delete ?? '');
  const odd = removed.find((name) => name !== 'comment');
  if (odd !== undefined) throw parameterErrors({ delete: `unknown option '${odd}'` });
  if (params.privsep !== undefined) token.privsep = params.privsep;
  if (params.expire !== undefined) token.expire = params.expire;
  if (params.comment !== undefined) token.comment = params.comment || undefined;
  if (removed.includes('comment')) token.comment = undefined;
  world.access.changed();
  const given = ['privsep', 'expire'].filter((name) => params[name] !== undefined);
  const shown = {
    ...tokenView(token),
    ...Object.fromEntries(given.map((name) => [name, String(params[name])])),
  };
  if (!params.regenerate) return shown;
  token.secret = world.access.newSecret();
  return { ...shown, value: token.secret, 'full-tokenid': `${params.userid}!${params.tokenid}` };
}

function deleteToken({ params, world }: Call): null {
  const { access } = world;
  existing(access, params);
  access.users.get(params.userid)?.tokens.delete(params.tokenid);
  access.acl.forget('token', (ugid) => ugid === `${params.userid}!${params.tokenid}`);
  access.changed();
  return null;
}
