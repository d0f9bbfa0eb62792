// The two processes of a soak, and what the kernel says of the server's.
import { fork, spawn } from 'node:child_process';
import { createWriteStream, readdirSync, readFileSync, readlinkSync } from 'node:fs';

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

/** The built program as its users start it; its log goes to a file. */
export async function startServer(env, logFile) {
  const child = spawn(process.execPath, ['dist/cli.js', '--transport', 'http', '--port', '0'], {
    env: { PATH: process.env.PATH, ...env },
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
  return { url, pid: child.pid, ended, stop: () => child.kill() };
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

/** The ports at the other ends of the connections that a process has open on 127.0.0.1. */
export function peersOf(pid) {
  const own = new Set();
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    try {
      own.add(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1]);
    } catch {
      // Closed in between.
    }
  }
  const peers = new Set();
  for (const row of readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n').slice(1)) {
    const words = row.trim().split(/\s+/);
    if (own.has(words[9])) peers.add(Number.parseInt(words[2]?.split(':')[1] ?? '', 16));
  }
  return peers;
}
