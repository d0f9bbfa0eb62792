import type { FailureCode } from '../failure.ts';

/** A text of Proxmox, what it means for a program, and what to do next. */
export type TextRule = readonly [pattern: RegExp, code: FailureCode, hint: string];
