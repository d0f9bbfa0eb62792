import { Failure } from '../failure.ts';

/** What to say when a port can't be had. */
export function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): Failure {
  const why = error.code === 'EADDRINUSE' ? 'the port is in use' : (error.code ?? error.message);
  const hint = 'Choose another with --port (0 takes a free one) or --host.';
  return new Failure('config', `Cannot listen on ${host}:${port}: ${why}.`, hint);
}
