import { bytes, percent } from '../../render/units.ts';

/** What is known of a guest that is said to be slow. Shares are of 1; pressure is a percentage; all are means of the window. */
export interface SlowFacts {
  status: string;
  paused: boolean;
  lock?: string;
  cores?: number;
  /** In cores. */
  cpulimit?: number;
  cpu?: number;
  cpuPeak?: number;
  memory?: number;
  /** Bytes that ballooning took from it. */
  ballooned?: number;
  pressure: { cpu?: number; io?: number; memory?: number };
  /** Bytes a second. */
  io?: number;
  network?: number;
  disks: readonly SlowDisk[];
  node: {
    name: string;
    cpu?: number;
    memory?: number;
    swap?: number;
    iowait?: number;
    /** For each CPU. */
    load?: number;
  };
  /** Who else uses much of the same node now, most first. */
  neighbours: readonly { vmid: number; name?: string; cores: number; ofNode: number }[];
  /** Work that runs on the node now: `vzdump of 103`. */
  tasks: readonly { what: string; own: boolean; isBackup: boolean; upid: string }[];
}

export interface SlowDisk {
  key: string;
  storage: string;
  /** How full that storage is. */
  fill?: number;
  /** Whether it hangs on an emulated controller (IDE, SATA), which costs far more than virtio. */
  emulated: boolean;
}

export interface SlowCause {
  /** `likely`: it explains slowness by itself; `possible`: it adds to it. */
  weight: 'likely' | 'possible';
  cause: string;
  evidence: string;
  todo: string;
}

const CHECKS: readonly Check[] = [
  paused,
  locked,
  ownCpu,
  limitedCpu,
  crowdedNode,
  disk,
  fullStorage,
  backup,
  memory,
  balloon,
  nodeMemory,
  bus,
];

type Check = (facts: SlowFacts) => SlowCause | undefined;

/** Why a guest may be slow, the likely causes first, each in the order of how much it usually weighs. */
export function slowCauses(facts: SlowFacts): SlowCause[] {
  const found = CHECKS.map((check) => check(facts)).filter((cause) => cause !== undefined);
  return [
    ...found.filter(({ weight }) => weight === 'likely'),
    ...found.filter(({ weight }) => weight === 'possible'),
  ];
}

function paused({ paused }: SlowFacts): SlowCause | undefined {
  if (!paused) return undefined;
  return likely('It is paused', 'QEMU says paused', 'power_guest action=resume');
}

function locked({ lock }: SlowFacts): SlowCause | undefined {
  if (lock === undefined) return undefined;
  return likely(
    `It is locked: ${lock}`,
    `lock ${lock}`,
    'list_tasks for it: what holds the lock is at work, or was cut off',
  );
}

function ownCpu({ cpu, cpuPeak, cores }: SlowFacts): SlowCause | undefined {
  if (cpu === undefined || (cpu < 0.7 && (cpuPeak ?? 0) < 0.95)) return undefined;
  const evidence = `CPU ${percent(cpu)} of ${cores ?? '?'} cores on average, ${percent(cpuPeak ?? cpu)} at p95`;
  const todo = 'run_in_guest to see which program, or configure_guest with more cores';
  return cpu >= 0.85 || (cpuPeak ?? 0) >= 0.95
    ? likely('It uses up its own CPUs', evidence, todo)
    : possible('It is near the end of its own CPUs', evidence, todo);
}

function limitedCpu({ cpulimit, cores, cpu }: SlowFacts): SlowCause | undefined {
  if (!cpulimit || cores === undefined || cpu === undefined || cpu * cores < cpulimit * 0.85)
    return undefined;
  return likely(
    'Its CPU limit holds it back',
    `cpulimit ${cpulimit}, it uses ${(cpu * cores).toFixed(1)} cores`,
    'configure_guest with a higher cpulimit, or none (0)',
  );
}

function crowdedNode({ node, pressure, neighbours }: SlowFacts): SlowCause | undefined {
  const busy = (node.cpu ?? 0) >= 0.85 || (node.load ?? 0) >= 1.2;
  const waits = (pressure.cpu ?? 0) >= 10;
  if (!busy && !waits) return undefined;
  const who = neighbours
    .slice(0, 3)
    .map(
      ({ vmid, name, cores, ofNode }) =>
        `${vmid}${name ? ` ${name}` : ''} ${cores.toFixed(1)} cores (${percent(ofNode)} of the node)`,
    )
    .join(', ');
  const evidence = [
    waits && `it waits for a CPU ${percent((pressure.cpu ?? 0) / 100)} of the time`,
    node.cpu !== undefined && `${node.name} CPU ${percent(node.cpu)}`,
    who !== '' && `neighbours: ${who}`,
  ];
  const text = evidence.filter(Boolean).join('; ');
  const todo = 'migrate_guest it or a neighbour to a calmer node';
  return busy
    ? likely('Its node has too little CPU for all', text, todo)
    : possible('It waits for CPU time', text, todo);
}

function disk({ pressure, io, node, disks }: SlowFacts): SlowCause | undefined {
  const waits = pressure.io ?? 0;
  const nodeWaits = node.iowait ?? 0;
  if (waits < 5 && nodeWaits < 0.1) return undefined;
  const where = [...new Set(disks.map(({ storage }) => storage))].join(', ');
  const evidence = [
    `it waits for disks ${percent(waits / 100)} of the time`,
    io !== undefined && `${bytes(io)}/s`,
    where !== '' && `on ${where}`,
    nodeWaits >= 0.05 && `${node.name} I/O wait ${percent(nodeWaits)}`,
  ];
  const todo =
    'top_consumers by=io for who else is there; disk_report for the disks; configure_guest can move a disk to a faster storage';
  const text = evidence.filter(Boolean).join(', ');
  return waits >= 20 || nodeWaits >= 0.2
    ? likely('Its storage is too slow for it', text, todo)
    : possible('It waits for its storage', text, todo);
}

function fullStorage({ disks }: SlowFacts): SlowCause | undefined {
  const full = disks.filter(({ fill }) => (fill ?? 0) >= 0.95);
  if (full.length === 0) return undefined;
  const evidence = full
    .map(({ key, storage, fill }) => `${key} on ${storage}, ${percent(fill ?? 1)} full`)
    .join('; ');
  return likely('A storage of its disks is full', evidence, 'storage_report shows what can go');
}

function backup({ tasks }: SlowFacts): SlowCause | undefined {
  const running = tasks.filter(({ isBackup }) => isBackup);
  const other = tasks.filter(({ isBackup }) => !isBackup);
  const [first] = running.length > 0 ? running : other;
  if (first === undefined) return undefined;
  const evidence = tasks
    .map(({ what }) => what)
    .slice(0, 4)
    .join('; ');
  const todo = `wait for it: get_task upid=${first.upid} wait=true`;
  if (running.length === 0) return possible('Work runs on its node', evidence, todo);
  return first.own
    ? likely('It is being backed up', evidence, todo)
    : possible('A backup runs on its node', evidence, todo);
}

function memory({ memory, pressure }: SlowFacts): SlowCause | undefined {
  const waits = pressure.memory ?? 0;
  if ((memory ?? 0) < 0.9 && waits < 5) return undefined;
  const evidence = [
    memory !== undefined && `memory ${percent(memory)} used`,
    waits > 0 && `it waits for memory ${percent(waits / 100)} of the time`,
  ];
  const todo = 'run_in_guest to see what of it is cache; configure_guest with more memory';
  const text = evidence.filter(Boolean).join(', ');
  // Proxmox counts a VM's cache as used, so a high figure alone proves little.
  return waits >= 10
    ? likely('It has too little memory', text, todo)
    : possible('It may have too little memory', text, todo);
}

function balloon({ ballooned }: SlowFacts): SlowCause | undefined {
  if (ballooned === undefined || ballooned < 256 * 1024 ** 2) return undefined;
  return likely(
    'Ballooning took memory from it',
    `${bytes(ballooned)} less than it may have`,
    'free memory on its node, or configure_guest with balloon=0',
  );
}

function nodeMemory({ node }: SlowFacts): SlowCause | undefined {
  const swaps = (node.swap ?? 0) >= 0.2;
  if ((node.memory ?? 0) < 0.93 && !swaps) return undefined;
  const evidence = `${node.name} memory ${percent(node.memory ?? 0)}${swaps ? `, swap ${percent(node.swap ?? 0)}` : ''}`;
  return swaps
    ? likely('Its node swaps', evidence, 'migrate_guest something away, or give its guests less')
    : possible('Its node is short of memory', evidence, 'top_consumers by=memory node=…');
}

function bus({ disks }: SlowFacts): SlowCause | undefined {
  const slow = disks.filter(({ emulated }) => emulated);
  if (slow.length === 0) return undefined;
  return possible(
    'A disk hangs on an emulated controller',
    slow.map(({ key }) => key).join(', '),
    'move it to virtio SCSI when the guest has its drivers',
  );
}

const likely = (cause: string, evidence: string, todo: string): SlowCause => ({
  weight: 'likely',
  cause,
  evidence,
  todo,
});
const possible = (cause: string, evidence: string, todo: string): SlowCause => ({
  weight: 'possible',
  cause,
  evidence,
  todo,
});
