// The two processes of a soak, and what the kernel says of the server's.
import { fork, spawn } from 'node:child_process';
import { createWriteStream, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The Proxmox side; `tell(order, argument)` resolves when it is done. */
export async function startCluster() {
  const child = fork(new URL('cluster.mjs', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const waiting = new Map();
  const ready = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the cluster ended with ${code}`)));
  });
  child.on('message', ({ id, result }) => waiting.get(id)?.(result));
  let last = 0;
  const tell = (order, argument) =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      child.send({ id: last, order, argument });
    });
  return { ready, tell, stop: () => child.kill() };
}

/** The built program as its users start it, but for collect.cjs; its log goes to a file. */
export async function startServer(env, logFile) {
  const memoryFile = `${logFile}.memory`;
  const collect = fileURLToPath(new URL('collect.cjs', import.meta.url));
  const child = spawn(process.execPath, ['dist/cli.js', '--transport', 'http', '--port', '0'], {
    env: {
      PATH: process.env.PATH,
      NODE_OPTIONS: `--require ${collect}`,
      SOAK_MEMORY: memoryFile,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  child.stderr.pipe(createWriteStream(logFile));
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (part) => {
      text = (text + part).slice(-10_000);
      const found = /"url":"([^"]+)"/.exec(text);
      if (found) resolve(found[1]);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  const linesOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
  return {
    url,
    pid: child.pid,
    ended,
    stop: () => child.kill(),
    /** What it has in use after its garbage was collected, in MiB: all of it, its heap, and what its objects hold beside that. */
    async inUse() {
      const before = linesOf(memoryFile).length;
      child.kill('SIGUSR2');
      let lines = [];
      while (lines.length <= before) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        lines = linesOf(memoryFile);
      }
      const { rss, heapUsed, external } = JSON.parse(lines.at(-1));
      return { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20, beside: external / 2 ** 20 };
    },
  };
}

/** Resident memory in MiB. */
export function rssOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** How many files and sockets it has open. */
export function descriptorsOf(pid) {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Watches the memory, once a second. */
export class MemoryWatch {
  #samples = [];
  #timer;

  constructor(pid) {
    this.#timer = setInterval(() => {
      try {
        this.#samples.push({ at: Date.now(), rss: rssOf(pid) });
      } catch {
        this.stop();
      }
    }, 1000);
  }

  /** What it had at most times between two moments. */
  between(from, until) {
    const values = this.#samples.filter(({ at }) => at >= from && at < until).map(({ rss }) => rss);
    return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  }

  get most() {
    return Math.max(...this.#samples.map(({ rss }) => rss));
  }

  stop() {
    clearInterval(this.#timer);
  }
}

/**
 * The connections that a process has open on 127.0.0.1: the port at the other end, and how many bytes the kernel holds that
 * the other end has not taken.
 */
export function peersOf(pid) {
  const own = new Set();
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    try {
      own.add(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1]);
    } catch {
      // Closed in between.
    }
  }
  const peers = new Map();
  for (const row of readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n').slice(1)) {
    const words = row.trim().split(/\s+/);
    if (!own.has(words[9])) continue;
    const port = Number.parseInt(words[2]?.split(':')[1] ?? '', 16);
    peers.set(port, Number.parseInt(words[4]?.split(':')[0] ?? '', 16));
  }
  return peers;
}
