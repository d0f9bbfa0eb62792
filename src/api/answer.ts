import { Failure } from '../failure.ts';
import { type CallFacts, detailsOf, explain, htmlPage, isHtml, mayChange } from './explain.ts';
import type { WireResponse } from './wire.ts';

/** What a call gave: `total` comes with some lists only, and never when it is 0. */
export interface Answer {
  data: unknown;
  total?: number;
  /** Set where the answer was lost on its way, and `data` is the UPID found in the task list instead. */
  recovered?: true;
}

/**
 * Takes the API's envelope off. Numbers are JavaScript's: the few beyond 2^53 (the agent's `get-time`, in nanoseconds)
 * lose their last digits, far below what they mean.
 *
 * @throws Failure for an error status, and `bad_answer` for what Proxmox does not send
 */
export function readAnswer(response: WireResponse, call: CallFacts): Answer {
  if (response.status !== 200) throw explain(response, call);
  let json: { data?: unknown; total?: unknown } | null;
  try {
    json = JSON.parse(response.body);
  } catch {
    return readText(response, call);
  }
  if (typeof json !== 'object' || json === null || !('data' in json)) {
    throw badAnswer(
      response,
      call,
      'An answer without `data` came, which the API of Proxmox never sends.',
      otherServer,
    );
  }
  return typeof json.total === 'number' ? { data: json.data, total: json.total } : { data: json.data };
}

const lookFirst = 'The change may have been made: look for its task or its effect before sending it again.';

const otherServer =
  'Another service seems to answer: check host and port (PVE and PMG listen on 8006, PBS on 8007, PDM on 8443).';

/**
 * The calls that may answer with a file instead of JSON: those that the API description marks `download`. From any other,
 * plain text is the word of a captive portal or a load balancer.
 */
const downloads = /^\/nodes\/[^/]+\/(?:tasks\/[^/]+\/log|journal|storage\/[^/]+\/file-restore\/download)$/;

/** A task's log can be had as a plain text file; everything else that is not JSON is wrong. */
function readText(response: WireResponse, call: CallFacts): Answer {
  if (isHtml(response)) throw htmlPage(response, call);
  const isPlain = /^text\/plain\b/i.test(response.headers['content-type'] ?? '');
  if (isPlain && call.verb === 'GET' && downloads.test(call.path)) return { data: response.body };
  if (/^\s*\{/.test(response.body)) {
    throw badAnswer(
      response,
      call,
      'The answer is cut off: its JSON has no end.',
      'Try again; if it stays, look for a proxy or firewall in between.',
    );
  }
  throw badAnswer(response, call, 'The answer is no JSON.', otherServer);
}

function badAnswer(response: WireResponse, call: CallFacts, message: string, hint: string): Failure {
  const details = detailsOf(response, call);
  if (!mayChange(call)) return new Failure('bad_answer', message, hint, details);
  details.mayHaveRun = true;
  return new Failure('bad_answer', message, `${lookFirst} ${hint}`, details);
}
