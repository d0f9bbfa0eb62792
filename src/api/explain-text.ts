import type { FailureCode } from '../failure.ts';
import { obstacleTexts } from './obstacle-texts.ts';
import { requestTexts } from './request-texts.ts';

/** What a text of Proxmox means for a program, and what to do next. */
export interface Explanation {
  code: FailureCode;
  hint: string;
}

// The first rule that matches counts. Texts are as recorded on PVE 9.2 or as its sources spell them.
const rules = [...obstacleTexts, ...requestTexts];

const fallback = "These are Proxmox's own words. The task log, or the system log of the node, may say more.";

/**
 * Reads a text of Proxmox: the message of an error, one parameter's error, or a task's `exitstatus`, which has the same
 * words. What no rule knows is `refused`: Proxmox said no in its own words.
 */
export function explainText(text: string): Explanation {
  for (const [pattern, code, hint] of rules) {
    if (pattern.test(text)) return { code, hint };
  }
  return { code: 'refused', hint: fallback };
}
