// What goes wrong while callers call: each fault begins, lasts, and is over; and what must be true of it.
import { peersOf } from './processes.mjs';
import { guessTokens, stopReading, vanish } from './strangers.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Health must tell the truth within this. */
const TRUTH_MS = 5000;
/** Once the kernel takes no more for a reader, it must be gone after this: the server's half a minute, and some. */
const CUT_OFF_MS = 45_000;
/** How long it may take until the kernel's buffers are full, which is up to the machine, and a reader is gone after it. */
const FILLED_MS = 240_000;

/** Faults of the Proxmox side, and the words of /readyz that are the truth about them. */
const clusterFaults = [
  { name: 'restart', begin: ['down'], end: ['up'], words: ['unreachable'] },
  { name: 'stall', begin: ['stall'], end: ['flow'], words: ['timeout', 'unreachable'] },
  { name: 'certificate', begin: ['certificate', 1], end: ['certificate', 0], words: ['tls'] },
];

/** Runs all of them, `lastMs` each; `soak` has the server's url, the callers' book, and what is to be asserted. */
export async function runFaults(soak, lastMs) {
  for (const fault of clusterFaults) await clusterFault(soak, fault, lastMs);
  await lostNode(soak, lastMs);
  await strangers(soak, lastMs);
}

async function clusterFault({ cluster, health, enter, check, book }, { name, begin, end, words }, lastMs) {
  enter(name);
  const began = Date.now();
  await cluster.tell(...begin);
  await pause(lastMs);
  const ended = Date.now();
  enter(`after ${name}`);
  await cluster.tell(...end);
  await pause(Math.max(lastMs, TRUTH_MS + 1000));
  truth(check, `${name}: /readyz says ${words.join(' or ')}`, health.saidAfter(began, words));
  truth(check, `${name} over: /readyz says ready`, health.saidAfter(ended, ['ready']));
  const codes = book.codes.get(name) ?? new Map();
  const seen = words.some((word) => codes.has(word));
  check(`${name}: callers are told ${words.join(' or ')}`, seen, [...codes.keys()].join(', '));
  const healed = book.codes.get(`after ${name}`)?.get('ok') ?? 0;
  check(`${name} over: calls succeed again`, healed > 0, `${healed} did`);
}

function truth(check, what, after) {
  check(
    `${what} within 5 s`,
    after !== undefined && after <= TRUTH_MS,
    after === undefined ? 'never' : `after ${(after / 1000).toFixed(1)} s`,
  );
}

async function lostNode({ cluster, health, enter, check, book }, lastMs) {
  const name = 'lost node';
  enter(name);
  const began = Date.now();
  await cluster.tell('offline', 'pve2');
  await pause(lastMs);
  await cluster.tell('online', 'pve2');
  const others = health.saidBut('ready', began, Date.now());
  enter('after lost node');
  await pause(lastMs);
  const codes = book.codes.get(name) ?? new Map();
  check('lost node: the server stays ready', others.length === 0, others.join(', ') || 'ready');
  check(
    'lost node: its callers are told so',
    codes.has('node_unreachable'),
    `${codes.get('node_unreachable') ?? 0} were`,
  );
  check('lost node: the others go on', (codes.get('ok') ?? 0) > 0, `${codes.get('ok') ?? 0} calls`);
}

async function strangers(soak, lastMs) {
  const { enter, check, book, pid, health, url, eve } = soak;
  const until = (ms) => {
    const end = Date.now() + ms;
    return () => Date.now() >= end;
  };

  enter('clients vanish');
  const began = Date.now();
  const gone = await vanish({ ...soak, over: until(lastMs) });
  check(
    'clients vanish: the others go on',
    ok(book, 'clients vanish') > 0,
    `${gone} vanished, ${ok(book, 'clients vanish')} calls`,
  );

  enter('wrong tokens');
  const statuses = await guessTokens({ ...soak, over: until(lastMs) });
  const told = [...statuses].map(([status, times]) => `${status}: ${times}`).join(', ');
  check(
    'wrong tokens: 401, then 429',
    [...statuses.keys()].every((status) => status === 401 || status === 429),
    told,
  );
  check('wrong tokens: the others go on', ok(book, 'wrong tokens') > 0, `${ok(book, 'wrong tokens')} calls`);

  enter('slow readers');
  const peers = () => peersOf(pid);
  const over = until(FILLED_MS);
  const { left, of, still } = await stopReading({ url, token: eve, count: 8, peers, over });
  check(
    'slow readers: cut off, 45 s after the kernel took no more',
    left === 0 && still <= CUT_OFF_MS,
    `${of - left} of ${of}, the last after ${(still / 1000).toFixed(0)} s`,
  );
  check('slow readers: the others go on', ok(book, 'slow readers') > 0, `${ok(book, 'slow readers')} calls`);
  const others = health.saidBut('ready', began, Date.now());
  check('strangers: the server stays ready', others.length === 0, others.join(', ') || 'ready');
}

const ok = (book, phase) => book.codes.get(phase)?.get('ok') ?? 0;
