import type { Call } from './call.ts';

/** The parameters of a call without its secrets. */
export function redacted(params: Call['params']): Call['params'] {
  return params;
}
