import { Failure } from '../failure.ts';
import type { Product } from './products.ts';
import type { Verb } from './wire.ts';

/** The headers that prove who calls: one set for reading, one for changing. Made once for each token or ticket. */
export interface Credentials {
  readonly read: Record<string, string>;
  readonly write: Record<string, string>;
}

/** The content type of every body that is a form. */
export const form = 'application/x-www-form-urlencoded';

/** The headers of a call. */
export function headersFor(credentials: Credentials, verb: Verb): Record<string, string> {
  return verb === 'GET' ? credentials.read : credentials.write;
}

/**
 * A token's headers; it needs no CSRF token. Its id is `user@realm!name`.
 *
 * @throws Failure `config` for a product without tokens and for a token that can be none
 */
export function tokenCredentials(id: string, secret: string, product: Product): Credentials {
  if (product.token === undefined) {
    throw new Failure(
      'config',
      `${product.title} has no API tokens.`,
      'Log in with a user (user@realm) and its password.',
    );
  }
  const authorization = product.token(id, secret);
  if (secret === '' || !/^[\x21-\x7e]+$/.test(authorization)) {
    throw new Failure(
      'config',
      "The API token's id or secret is empty or has a space, a line break or another character that can't be part of it.",
      'Copy both again: the id looks like user@realm!name, the secret like 8 to 36 letters, digits and dashes.',
    );
  }
  const read = { authorization };
  return { read, write: { authorization, 'content-type': form } };
}

/** A ticket's headers. `cookie` is name and value as they go into the header. */
export function ticketCredentials(cookie: string, csrf: string): Credentials {
  const read = { cookie };
  return { read, write: { ...read, csrfpreventiontoken: csrf, 'content-type': form } };
}
