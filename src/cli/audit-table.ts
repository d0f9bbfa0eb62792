import { line as oneLine } from '../render/untrusted.ts';
import type { Begin, End, Line, TaskEnd } from '../state/ledger/line.ts';

/** A change as the ledger tells of it. Its end is missing while it runs, and where its server was killed. */
export interface Change {
  begin: Line & Begin;
  end?: Line & End;
  task?: Line & TaskEnd;
  /** Its lines as they stand there, where they are wanted. */
  texts: string[];
}

/** Parameters that name guests. */
const GUEST_PARAMETERS = ['vmid', 'newid', 'vms', 'target-vmid', 'guest'];

/** Whether a change touches this guest: as the gate knew it, or as its path or its parameters name it. */
export function touches({ request, vmids }: Begin, vmid: number): boolean {
  if (Array.isArray(vmids) && vmids.includes(vmid)) return true;
  if (new RegExp(`/(qemu|lxc)/${vmid}(/|$)`).test(request?.path)) return true;
  const named = GUEST_PARAMETERS.flatMap((name) => request?.params?.[name] ?? []);
  return named.some((value) =>
    String(value)
      .split(/[\s,;]+/)
      .includes(String(vmid)),
  );
}

/** A table with one line for each change, for a terminal of any width: what is cut is said in `--json`. */
export function changeTable(changes: readonly Change[], more: number): string {
  if (changes.length === 0) return 'No such change is written down.\n';
  const servers = new Set(changes.map(({ begin }) => begin.server));
  const rows = [
    ['TIME (UTC)', 'RESULT', 'EFFECT', 'APPROVED', 'CLIENT', 'LOGIN', 'TOOL', 'CALL', 'TASK'],
    ...changes.map(({ begin, end, task }) => [
      cell(
        String(begin.time)
          .replace('T', ' ')
          .replace(/\.\d+Z$/, ''),
        19,
      ),
      cell(result(end, task), 60),
      cell(begin.request?.effect, 10),
      cell(begin.approval === undefined ? '-' : `${begin.approval} ${String(begin.plan).slice(0, 12)}`, 40),
      cell(`${begin.client} (${begin.identity})`, 60),
      cell(servers.size > 1 ? `${begin.login} at ${begin.server}` : begin.login, 100),
      cell(begin.tool, 40),
      cell(call(begin), 160),
      cell(end?.upid ?? task?.upid ?? '-', 120),
    ]),
  ];
  const widths =
    rows[0]?.map((_, index) => Math.max(...rows.map((cells) => cells[index]?.length ?? 0))) ?? [];
  const lines = rows.map((cells) =>
    cells
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  if (more > 0) lines.push(`${more} older ones are not shown: --limit.`);
  return `${lines.join('\n')}\n`;
}

/** Whatever wrote the file: here it is one line without anything that a terminal would obey. */
function cell(value: unknown, max: number): string {
  return oneLine(String(value ?? ''), max) || '-';
}

function result(end: End | undefined, task: TaskEnd | undefined): string {
  if (task !== undefined) return `task ${task.exitstatus}`;
  if (end === undefined) return 'no end known';
  if (end.result === 'ok') return end.upid === undefined ? 'ok' : 'started';
  return end.mayHaveRun ? `${end.result}, may have run` : String(end.result);
}

function call({ request }: Begin): string {
  const params = Object.entries(request?.params ?? {}).map(([name, value]) => `${name}=${String(value)}`);
  return [request?.verb, request?.path, ...params].join(' ');
}
