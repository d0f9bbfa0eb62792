// What can go wrong, in words: `createSimulator({ faults })` and `simulate --fault`. What each does is in wire/fault-plan.ts.

/** Which calls a fault strikes, and for how long. */
export interface When {
  /**
   * `POST /nodes/{node}/qemu/{vmid}/status/start`: anything in braces is one path segment, a last `**` any rest, `*` any
   * verb, `POST|PUT` one of these. Absent: every call but a login.
   */
  on?: string;
  /** How many such calls pass unharmed first; none if absent. */
  skip?: number;
  /** How many are struck; one if absent. What befalls a node, guest or storage starts with one call and is there for all. */
  times?: number;
  /**
   * In milliseconds. Of a stall: after which it goes on; of what befalls a node, guest or storage: after which it is over;
   * of a task: when it is struck. Absent: never, never, at once.
   */
  ms?: number;
}

/** One thing that goes wrong; `faultTexts` says what each is. */
export type Fault = When &
  (
    | { name: CallFault | TaskFault | ServerFault | FileFault }
    | { name: 'offline-node'; node: string }
    | { name: 'locked-guest' | 'config-lock'; vmid: number }
    | { name: 'full-storage'; storage: string }
  );

export type FaultName = Fault['name'];

/** What befalls one call. */
export type CallFault =
  | '595'
  | '596-before'
  | '596-after'
  | '597'
  | 'stall-before'
  | 'stall-after'
  | 'reset-before'
  | 'reset-after'
  | 'cut-body';

/** What befalls the task that a call begins. */
export type TaskFault = 'task-warnings' | 'task-dies' | 'task-vanishes';

/** What happens to the server just before it looks at a call. */
export type ServerFault = 'expired-ticket' | 'new-certificate';

/** What is wrong with the file that describes the API, whenever it is asked for. */
export type FileFault = 'apidoc-missing' | 'apidoc-truncated' | 'apidoc-hostile';

/** Every fault, in a sentence each. `-before` and `-after` tell whether the call's work has been done. */
export const faultTexts: Readonly<Record<FaultName, string>> = {
  'offline-node': 'the node is away: 595 "No route to host" after 3 s',
  '595': 'the service behind pveproxy refuses the connection: nothing is done',
  '596-before': 'the service behind it hangs for 30 s: nothing is done',
  '596-after': 'the work is done, then the connection to the service breaks before its answer',
  '597': 'the work is done, then the connection to the service breaks within its answer',
  'stall-before':
    'nothing happens for ms milliseconds (for ever if absent); then the call is done and answered',
  'stall-after': 'the work is done; the answer is held back for ms milliseconds (for ever if absent)',
  'reset-before': 'the connection is reset as the request comes: nothing is done',
  'reset-after': 'the work is done, then the connection is reset instead of an answer',
  'cut-body': 'the work is done, then the connection is closed in the middle of the answer',
  'locked-guest': 'the guest is locked by a backup',
  'config-lock': 'somebody holds the lock of the guest’s config: "got timeout" after 10 s',
  'full-storage': 'nothing more fits on the storage',
  'expired-ticket': 'every ticket given so far is no longer accepted',
  'new-certificate': 'new connections see another certificate, old ones are closed (over a socket)',
  'task-warnings': 'the task ends in WARNINGS: 1 where it would have ended in OK',
  'task-dies': 'the worker is killed: "unexpected status", and its log has no end',
  'task-vanishes': 'the task is interrupted, and nobody knows it any more',
  'apidoc-missing': 'there is no API description: pveproxy’s 500 for a file that is not there',
  'apidoc-truncated': 'the API description is cut off in the middle',
  'apidoc-hostile': 'the API description nests without end',
};

const targets: Partial<Record<FaultName, 'node' | 'vmid' | 'storage'>> = {
  'offline-node': 'node',
  'locked-guest': 'vmid',
  'config-lock': 'vmid',
  'full-storage': 'storage',
};

/**
 * Reads `NAME`, `NAME=WHAT`, `NAME=WHAT,skip=1,times=2,ms=500`. WHAT is the node, VMID or storage that it befalls, else the
 * calls it strikes; `on=` names the calls in either case. Throws an `Error` that says what is wrong.
 */
export function parseFault(text: string): Fault {
  const cut = text.indexOf('=');
  const name = (cut < 0 ? text : text.slice(0, cut)) as FaultName;
  if (!Object.hasOwn(faultTexts, name)) {
    throw new Error(`There is no fault ${name}; there are ${Object.keys(faultTexts).join(', ')}.`);
  }
  const fault: Record<string, string | number> = { name };
  for (const part of cut < 0 ? [] : text.slice(cut + 1).split(',')) {
    const [, key = targets[name] ?? 'on', value = ''] = /^(?:(on|skip|times|ms)=)?(.*)$/s.exec(part) ?? [];
    const isNumber = key !== 'on' && key !== 'node' && key !== 'storage';
    if (value === '' || (isNumber && !/^\d+$/.test(value)))
      throw new Error(`${name}: ${key} is missing or no number.`);
    fault[key] = isNumber ? Number(value) : value;
  }
  return checkFault(fault as unknown as Fault);
}

/** Whether a fault is one of the file and not of calls. */
export function isFileFault(name: FaultName): name is FileFault {
  return name.startsWith('apidoc-');
}

/** Throws for a fault that could never strike: an unreadable pattern, or nothing named that it befalls. */
export function checkFault(fault: Fault): Fault {
  const target = targets[fault.name];
  if (target !== undefined && !(target in fault)) throw new Error(`${fault.name} needs a ${target}.`);
  if (fault.on !== undefined) callPattern(fault.on);
  return fault;
}

/** A pattern of `on` as a test of `VERB /path`. */
export function callPattern(on: string): RegExp {
  const [, verbs, path] = /^([A-Z|]+|\*) (\/\S*)$/.exec(on) ?? [];
  if (verbs === undefined || path === undefined) {
    throw new Error(`No calls: ${on}. Write them as "POST /nodes/{node}/qemu/**" or "* /**".`);
  }
  const places = path.split(/(\{[^/{}]+\}|\*\*$)/).map((part, index) => {
    if (index % 2 === 1) return part === '**' ? '.*' : '[^/]+';
    return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^(?:${verbs === '*' ? '[A-Z]+' : verbs}) ${places.join('')}$`);
}
