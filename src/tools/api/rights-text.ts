import type { Rights } from '../../schema/privileges.ts';

/** What this login has of a privilege, to be said right after it; of several, those that are missing. */
export function rightsText(privilege: string, { answer, missing }: Rights): string {
  if (answer === 'unknown') return '';
  if (answer === 'yes') return ' (this login: yes)';
  const all = missing.join(', ');
  // Who has none of several that would each do misses what has just been told.
  const isSame =
    all === privilege || (missing.length === 1 && / or /.test(all) && /\bor\b|one of/.test(privilege));
  return isSame ? ' (this login: MISSING)' : ` (this login: MISSING ${all})`;
}
