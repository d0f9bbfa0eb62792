import { Failure, type FailureCode } from '../failure.ts';
import type { WireRequest } from './wire.ts';

/** Nothing of the request has left this machine, so whatever it would do was not done. */
export class NotSent extends Failure {}

/** How far an exchange had come when it broke. */
export interface Progress {
  /** `host:port`, for the texts. */
  host: string;
  timeoutMs: number;
  /** How many other calls held every connection while it waited for one; 0 where a connection could be made. */
  behind: number;
  /** Whether bytes of the request may be on the wire. */
  started: boolean;
  /** Whether the answer's head had come. */
  answered: boolean;
  /** Whether the request changes something. */
  write: boolean;
}

/** What `networkFailure` takes for: no connection came free in time. */
export const queueTimeout = 'QUEUE_TIMEOUT';

const longer = 'a longer timeout (PROXMOX_TIMEOUT in seconds; in a program, timeoutMs)';

/** The name of undici's error for an answer that is no HTTP; it often has no code. */
const noHttp = 'HTTPParserError';

/** What network and TLS call it, whichever layer says it: `ECONNREFUSED`, `UND_ERR_SOCKET`, `ERR_SSL_…`. */
export function codeOf(error: unknown): string {
  const { code, errors, name } = Object(error) as { code?: unknown; errors?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  if (name === noHttp) return noHttp;
  // Several addresses were tried: the first one's reason stands for all.
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : 'unknown';
}

/** Whether the connection was never made, or was closed before any answer: then a read may be sent once more. */
export function isLost(error: unknown): boolean {
  return lost.has(codeOf(error));
}

const lost = new Set(['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE', 'EAI_AGAIN', 'UND_ERR_SOCKET']);

/**
 * An exchange that broke, in words. The error itself goes no further: it may hold pieces of request or answer.
 */
export function networkFailure(error: unknown, progress: Progress): Failure {
  if (error instanceof Failure) return withMayHaveRun(error.code, error.message, error.hint, progress);
  const code = codeOf(error);
  const [word, message, hint] = describe(code, progress);
  return withMayHaveRun(word, message, hint, progress);
}

/**
 * What any `Send` threw, as a Failure: over a socket it is one already; a simulator or somebody's own throws an abort's
 * reason, a network error, or a mistake. A change is then taken as sent, since nothing proves that it was not.
 */
export function sendFailure(error: unknown, request: WireRequest): Failure {
  if (error instanceof Failure) return error;
  const progress = {
    host: 'the server',
    timeoutMs: request.timeoutMs ?? 0,
    behind: 0,
    started: true,
    answered: false,
    write: request.method !== 'GET' && request.stream?.complete !== false,
  };
  if (request.signal?.aborted)
    return withMayHaveRun(
      'cancelled',
      'The call was cancelled.',
      'Call again if it is still wanted.',
      progress,
    );
  return networkFailure(error, progress);
}

function withMayHaveRun(code: FailureCode, message: string, hint: string, progress: Progress): Failure {
  if (!progress.started) return new NotSent(code, message, hint);
  if (!progress.write) return new Failure(code, message, hint);
  const lookFirst = 'The change may have been made: look for its task or its effect before sending it again.';
  return new Failure(code, message, `${lookFirst} ${hint}`, { mayHaveRun: true });
}

type Words = readonly [code: FailureCode, message: string, hint: string];

function describe(code: string, progress: Progress): Words {
  const { host, timeoutMs, behind } = progress;
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NODATA':
      return [
        'unreachable',
        `The name in ${host} can't be resolved (${code}).`,
        'Check the spelling, or use the IP address.',
      ];
    case 'ECONNREFUSED':
      return [
        'unreachable',
        `Nothing listens at ${host} (${code}).`,
        'Check the port (PVE and PMG: 8006, PBS: 8007, PDM: 8443), and that the service runs (PVE: `systemctl status pveproxy`).',
      ];
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return [
        'unreachable',
        `There is no way to ${host} (${code}).`,
        'Check the address, the network or VPN, and that the server is on.',
      ];
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return [
        'timeout',
        `No connection to ${host} in time.`,
        'Check address and port; a firewall that drops packets looks just like this.',
      ];
    case queueTimeout:
      return [
        'timeout',
        `The call waited behind ${behind} other calls to ${host} for ${timeoutMs} ms and was not sent.`,
        `Those calls hang or take long: send fewer at once, try again later, or set ${longer}.`,
      ];
    case 'UND_ERR_HEADERS_TIMEOUT':
      return [
        'timeout',
        `${host} sent no answer within ${timeoutMs} ms.`,
        `The server or the node behind it is busy or hangs: try again later or with ${longer}.`,
      ];
    case 'UND_ERR_BODY_TIMEOUT':
      return [
        'timeout',
        `${host} stopped in the middle of its answer for ${timeoutMs} ms.`,
        `The server or the network hangs: try again, or with ${longer}.`,
      ];
    case 'UND_ERR_HEADERS_OVERFLOW':
      return ['bad_answer', `${host} sent an answer with too large a head.`, otherServer];
    case 'UND_ERR_INVALID_ARG':
      return ['internal', 'The request could not be written as HTTP.', 'Please report this.'];
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_DESTROYED':
      return ['cancelled', 'This client is closed.', 'Open a new one.'];
    default:
      return tlsWords(code, host) ?? brokenWords(code, progress);
  }
}

const otherServer =
  'Another service seems to answer: check host and port (PVE and PMG listen on 8006, PBS on 8007, PDM on 8443).';

function tlsWords(code: string, host: string): Words | undefined {
  if (!code.startsWith('ERR_SSL_') && !code.startsWith('ERR_TLS_') && code !== 'EPROTO') return undefined;
  if (code.includes('ALERT')) {
    return [
      'tls',
      `${host} refused the TLS handshake (${code}).`,
      'Check that host and port are those of Proxmox; a proxy may want another host name.',
    ];
  }
  return ['tls', `${host} does not speak TLS (${code}).`, `${otherServer} Proxmox itself always speaks TLS.`];
}

function brokenWords(code: string, { host, started, answered }: Progress): Words {
  if (code === noHttp || code.startsWith('HPE_')) {
    return ['bad_answer', `${host} does not answer in HTTP.`, otherServer];
  }
  if (answered) {
    return [
      'bad_answer',
      `The connection to ${host} was cut in the middle of the answer (${code}).`,
      'Try again; if it stays, look for a proxy or firewall in between.',
    ];
  }
  if (started) {
    return [
      'unreachable',
      `${host} closed the connection without an answer (${code}).`,
      'The server may be restarting: try again. A firewall or proxy in between can do this too.',
    ];
  }
  return [
    'unreachable',
    `The connection to ${host} could not be made (${code}).`,
    'Check host and port, and that nothing in between blocks it.',
  ];
}
