import type { Effect } from '../schema/effect.ts';

/** A bearer token that opens the HTTP endpoint. */
export interface AuthToken {
  /** Who has it, as the ledger says. Several tokens may have one name, while the old one is still about. */
  name: string;
  scope: Effect;
  token: string;
}

const MIN_LENGTH = 16;

/**
 * Reads `name:scope:token`, one per line or comma; lines that begin with # are remarks. A bare token is one person's own
 * server: `default`, with every scope. No token is ever repeated in a problem.
 */
export function parseAuthTokens(text: string): { tokens: readonly AuthToken[]; problem?: string } {
  const tokens: AuthToken[] = [];
  const entries = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  for (const [index, entry] of entries.entries()) {
    const refuse = (why: string) => ({ tokens: [], problem: `entry ${index + 1}: ${why}` });
    const words = entry.split(':');
    const [name = '', scope = '', token = ''] = words.length === 1 ? ['default', 'danger', entry] : words;
    if (words.length !== 1 && words.length !== 3)
      return refuse('expected name:scope:token, or a token alone');
    if (!/^[\w.@-]{1,64}$/.test(name)) return refuse('a name has letters, digits, and . _ @ - (64 at most)');
    if (!isEffect(scope)) return refuse('the scope is read, change or danger');
    // The characters that RFC 6750 has for a token in a header.
    if (!/^[\w.~+/-]+=*$/.test(token)) return refuse('a token has letters, digits, and - . _ ~ + / =');
    if (token.length < MIN_LENGTH) return refuse(`a token has at least ${MIN_LENGTH} characters`);
    if (tokens.some((other) => other.token === token)) return refuse('that token is there twice');
    tokens.push({ name, scope, token });
  }
  return tokens.length > 0 ? { tokens } : { tokens, problem: 'holds no token' };
}

function isEffect(word: string): word is Effect {
  return word === 'read' || word === 'change' || word === 'danger';
}
