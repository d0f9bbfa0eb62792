// What every caller was told, to be held against what arrived at the cluster.

/** Where the request did not arrive, or nobody knows. */
const ON_THE_WAY = new Set(['unreachable', 'tls', 'timeout']);

export class Book {
  /** Calls that got neither an answer nor an error. */
  lost = [];
  calls = 0;
  /** How long reads took, by the name of the phase. */
  times = new Map();
  /** How many ended how, by phase. */
  codes = new Map();
  #writes = new Map();

  /** A write begins. Whoever vanishes is never told how it ended. */
  mark(mark) {
    this.#writes.set(mark, { said: 'nothing' });
  }

  answered(phase, kind, ms, { message, text }, mark) {
    this.calls += 1;
    const code = codeOf(message);
    const codes = this.codes.get(phase) ?? new Map();
    this.codes.set(phase, codes.set(code, (codes.get(code) ?? 0) + 1));
    if (kind === 'read' && code === 'ok') this.#timesOf(phase).push(ms);
    if (mark !== undefined) this.#writes.set(mark, { said: told(code, text), phase, text });
  }

  #timesOf(phase) {
    const times = this.times.get(phase) ?? [];
    this.times.set(phase, times);
    return times;
  }

  failed(phase, kind, error, mark) {
    this.calls += 1;
    this.lost.push(`${kind} during ${phase}: ${error.message}${mark === undefined ? '' : ` (${mark})`}`);
  }

  /** What contradicts what arrived at the cluster, by mark. */
  contradictions(arrived) {
    const wrong = [];
    for (const [mark, { said, phase, text }] of this.#writes) {
      const times = arrived[mark] ?? 0;
      if (times > 1) wrong.push(`${mark} arrived ${times} times (its caller was told: ${said})`);
      if (said === 'done' && times === 0) wrong.push(`${mark} was told to be done, and never arrived`);
      if (said === 'not sent' && times > 0)
        wrong.push(`${mark} was told not to be sent, and arrived (${phase}: ${text})`);
    }
    return wrong;
  }

  get writes() {
    return this.#writes.size;
  }
}

function codeOf({ error, result }) {
  if (error !== undefined) return String(error.code);
  if (result?.isError !== true) return 'ok';
  return /^Error \((\w+)\)/.exec(result.content?.[0]?.text ?? '')?.[1] ?? 'unknown';
}

function told(code, text) {
  // Where a task is named it was begun, however the rest went.
  if (code === 'ok' || /Task: UPID:/.test(text)) return 'done';
  if (/may have been made/.test(text)) return 'perhaps';
  return ON_THE_WAY.has(code) ? 'not sent' : 'refused';
}
