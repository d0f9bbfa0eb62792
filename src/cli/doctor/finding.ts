import { Failure } from '../../failure.ts';
import { line } from '../../render/untrusted.ts';

/** What one look has shown. `note`: neither good nor bad, but worth knowing. */
export interface Finding {
  /** What was looked at, in a word or two: `DNS`. */
  check: string;
  state: 'good' | 'bad' | 'note';
  text: string;
  /** What to do about it. */
  hint?: string;
}

export function good(check: string, text: string): Finding {
  return { check, state: 'good', text };
}

export function bad(check: string, text: string, hint: string): Finding {
  return { check, state: 'bad', text, hint };
}

export function note(check: string, text: string, hint?: string): Finding {
  return { check, state: 'note', text, ...(hint !== undefined && { hint }) };
}

/** What went wrong in a look. Its words may come from elsewhere. */
export function badFrom(check: string, error: unknown): Finding {
  if (error instanceof Failure) return bad(check, line(error.message), error.hint);
  const { code, message } = error as NodeJS.ErrnoException;
  return bad(
    check,
    line(code ?? message ?? String(error)),
    'Please report this, if it makes no sense to you.',
  );
}
