import { spawn } from 'node:child_process';

const running = new Set();

/**
 * Runs a program to its end. Nothing of our own environment reaches it but the PATH, or a client would find settings and
 * logins of whoever runs this. Answers `{code, stdout, stderr}`; a program that takes too long is ended.
 */
export function run(command, args, { env = {}, cwd, input, seconds = 60 } = {}) {
  const child = start(command, args, { env, cwd });
  // A program that ends at once does not read.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (part) => (out.stdout += part));
  child.stderr.on('data', (part) => (out.stderr += part));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? signal, ...out });
    });
  });
}

/** Starts a program that goes on; `stopAll` ends it. */
export function start(command, args, { env = {}, cwd } = {}) {
  const child = spawn(command, args, { cwd, env: { PATH: process.env.PATH, NO_COLOR: '1', ...env } });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** Ends whatever was started here and still runs. */
export function stopAll() {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts something that serves, and answers the line of JSON in which it names its address, and that address. */
export async function serve(args, env) {
  const child = start(process.execPath, args, { env });
  let text = '';
  return new Promise((resolve, reject) => {
    child.once('close', () => reject(new Error(`${args.join(' ')} ended: ${text}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part) => {
        text += part;
        const [line, url] = /^\{.*"url":"(https?:[^"]+)".*\}$/m.exec(text) ?? [];
        if (url !== undefined) resolve({ url, line });
      });
    }
  });
}
