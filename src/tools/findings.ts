import * as z from 'zod';
import { fence, line } from '../render/untrusted.ts';

/** How much a finding matters: what is broken, what will break or is at risk, what is good to know. */
export const SEVERITIES = ['critical', 'warning', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One thing that somebody should know: what, how that is known, and what to do about it. */
export interface Finding {
  severity: Severity;
  what: string;
  /** The figures and words behind it. */
  evidence?: string;
  /** What others wrote (comments, error texts, names of hardware): it stands in a fence of its own. */
  said?: string | undefined;
  /** The next step, with the tool that goes further. */
  fix?: string;
}

export const findingShape = z.object({
  severity: z.enum(SEVERITIES),
  what: z.string(),
  evidence: z.string().optional(),
  said: z.string().optional().describe('quoted'),
  fix: z.string().optional(),
});

/** The worst first; what is equally bad stays in its order. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  return findings.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * `CRITICAL what (evidence) -> fix`, one line with nothing unseen, whatever names are in it; below it, fenced, what others
 * said.
 */
export function findingText({ severity, what, evidence, said, fix }: Finding): string {
  const known = evidence === undefined ? '' : ` (${evidence})`;
  const ours = line(`${severity.toUpperCase()} ${what}${known}${fix === undefined ? '' : ` -> ${fix}`}`, 600);
  return said ? `${ours}\n${fence('said', line(said, 500))}` : ours;
}

/** `2 critical, 1 warning`. */
export function countText(findings: readonly Finding[]): string {
  const parts = SEVERITIES.flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length;
    const many = count === 1 || severity === 'critical' ? '' : 's';
    return count === 0 ? [] : [`${count} ${severity}${many}`];
  });
  return parts.join(', ') || 'no findings';
}

/** `1 disk`, `3 disks` */
export function many({ length }: readonly unknown[], what: string): string {
  return `${length} ${what}${length === 1 ? '' : 's'}`;
}

/** A finding for programs. */
export function findingData(finding: Finding): Finding {
  const { severity, what, evidence, said, fix } = finding;
  return {
    ...{ severity, what: line(what) },
    ...(evidence !== undefined && { evidence: line(evidence) }),
    ...(said && { said: line(said) }),
    ...(fix !== undefined && { fix: line(fix) }),
  };
}
