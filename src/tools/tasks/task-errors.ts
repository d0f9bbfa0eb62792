import { explainText } from '../../api/explain-text.ts';
import { backupsIn } from './backup-log.ts';

/** How many lines of a log are shown as its errors. */
const MOST = 8;

const ERROR =
  /^(?:TASK )?ERROR\b|^(?:kvm|qemu|lxc-start|rsync|tar|zstd)\b.*: |^(?:WARN|warning)\b|\b(?:failed|cannot|can't|could not|unable to|no space left|does not exist|timed? ?out)\b/i;

/** The lines of a log that tell of an error, oldest first, each once; those of a backup that went well are not among them. */
export function errorLines(log: readonly string[]): string[] {
  const found = log.filter((line) => ERROR.test(line) && !/^TASK (?:OK|WARNINGS)/.test(line));
  return [...new Set(found)].slice(-MOST);
}

/** What a failed task's words mean and what to do: the first of these texts that is known. */
export function meaningOf(texts: readonly (string | undefined)[]): string | undefined {
  const unknown = explainText('').hint;
  for (const text of texts) {
    if (text === undefined) continue;
    const { hint } = explainText(text);
    if (hint !== unknown) return hint;
  }
  return undefined;
}

/** Why a task failed, in one line: of a backup job, what its log says about the guests. */
export function whyFailed(exitstatus: string, log: readonly string[]): string {
  const failed = backupsIn(log).filter(({ state }) => state === 'failed');
  if (failed.length > 0) return failed.map(({ vmid, error }) => `${vmid}: ${error}`).join('; ');
  // `QEMU exited with code 1` only says that it did; why stands in the line before.
  const before = /exited with code|^job errors$|^unexpected status$/.test(exitstatus)
    ? errorLines(log).filter((line) => !line.startsWith('TASK ERROR'))
    : [];
  const last = before.at(-1);
  return last === undefined ? exitstatus : `${exitstatus}: ${last}`;
}
