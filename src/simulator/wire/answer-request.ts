import type { Duplex } from 'node:stream';
import type { World } from '../world/world.ts';
import { authenticate, isUpload, type Login, Refused } from './authenticate.ts';
import type { FaultPlan, Struck } from './fault-plan.ts';
import { FORMATTERS, type Formatter, isRefusal, UNSIMULATED_FORMATS } from './formats.ts';
import { BadBody } from './json-body.ts';
import { type Answer, type Incoming, NoAnswer } from './message.ts';
import { mediaType, type Parameters, readParameters } from './parameters.ts';
import { decodeBytes } from './percent.ts';
import { type Cluster, type Ran, runCall } from './run-call.ts';
import { receiveUpload, uploadBoundary } from './upload.ts';
import { readUpgrade, serveWebsocket, switchingHead } from './websocket.ts';

/** A file outside the API, by path. */
export type Files = (path: string) => Answer | undefined;

/** What the door tells whoever watches: a request came, and then whose it was. */
export type Watch = (request: Incoming, path: string) => (login: Login) => void;

const MAX_BODY = 512 * 1024;
const VERBS = new Set(['GET', 'POST', 'PUT', 'DELETE']);

/**
 * One request to its answer, in the order in which pveproxy looks at things (PVE 9.2): method, transfer encoding,
 * format, login, body, parameters, and then the call itself. Throws `NoAnswer` where Proxmox drops the connection.
 */
export async function answerRequest(
  request: Incoming,
  cluster: Cluster,
  files: Files,
  watch: Watch,
  faults?: FaultPlan,
): Promise<Answer> {
  const { world } = cluster;
  const cut = request.target.indexOf('?');
  const path = decodeBytes(cut < 0 ? request.target : request.target.slice(0, cut));
  const query = cut < 0 ? '' : request.target.slice(cut + 1);
  const known = watch(request, path);

  if (!VERBS.has(request.method)) return bare(501, `method '${request.method}' not available`);
  const encoding = request.headers['transfer-encoding'];
  if (encoding?.toLowerCase() === 'chunked') return plain(501, 'chunked transfer encoding not supported');
  if (encoding) return plain(501, `Unknown transfer encoding '${encoding}'`);

  if (!path.startsWith('/api2')) return fileAnswer(request, path, files);
  const [, format, rest] = /^\/api2\/+([a-z][a-z0-9]+)(\/.*)?$/s.exec(path) ?? [];
  if (format === undefined) return plain(501, 'no such uri');
  const apiPath = rest ?? '/';

  let login: Login;
  await faults?.before(request.method, apiPath);
  world.settle();
  if (world.outage === 'pmxcfs') {
    await world.clock.sleep(3000);
    const why = 'Unable to load access control list: Connection refused';
    return bare(500, `RPCEnvironment init request failed: ${why}`);
  }
  try {
    login = authenticate(request, apiPath, world.access, Math.floor(world.clock.now() / 1000));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await world.clock.sleep(3000);
    return bare(error.status, error.message);
  }
  known(login);

  const refused = await refuseBody(request, apiPath, cluster);
  if (refused) return refused;
  const formatter = FORMATTERS.get(format);
  if (!formatter) {
    return UNSIMULATED_FORMATS.has(format)
      ? plain(501, `the simulator has no formatter for ${format}`)
      : plain(501, `no formatter for uri ${apiPath}, ${format}`);
  }
  try {
    const boundary = uploadBoundary(request, apiPath);
    const params =
      boundary === undefined
        ? readParameters(request, query)
        : await receiveUpload(request, boundary, query, world);
    const started = world.clock.now();
    const run = () => runCall(cluster, { verb: request.method, path: apiPath, login, params });
    const ran: Struck = faults ? await faults.around(request.method, apiPath, run) : await run();
    if (boundary !== undefined) world.temporary.remove(String(params.tmpfilename));
    const upgrade = readUpgrade(request, apiPath);
    if (upgrade?.problem !== undefined) throw new BadBody(upgrade.problem);
    if (upgrade && 'outcome' in ran && !isRefusal(ran.outcome))
      return await openWebsocket(request, params, world);
    const answer = await finish(ran, formatter, cluster, started);
    if (ran.cut) answer.cut = true;
    return boundary === undefined ? answer : { ...answer, last: true };
  } catch (error) {
    if (error instanceof BadBody)
      return { ...plain(500, error.message.split('\n', 1)[0] as string), body: error.message };
    throw error;
  }
}

/** Joins the client and what listens on the port that it named. */
async function openWebsocket(request: Incoming, params: Parameters, world: World): Promise<Answer> {
  const proxy = world.consoles.take(Number(params.port));
  if (!proxy) {
    // pveproxy fails to connect, and never answers.
    await world.clock.sleep(5000);
    throw new NoAnswer();
  }
  const takeOver = {
    head: switchingHead(request),
    serve: (socket: Duplex) => serveWebsocket(socket, proxy),
  };
  return { status: 101, reason: 'Switching Protocols', body: '', from: 'proxy', takeOver };
}

async function finish(ran: Ran, formatter: Formatter, { world }: Cluster, started: number): Promise<Answer> {
  if ('unreachable' in ran) return bare(ran.status, ran.unreachable);
  const { status, reason = 'OK', ...rest } = formatter(ran.outcome);
  if (status === 401) await world.clock.sleep(Math.max(0, started + 3000 - world.clock.now()));
  if (/[^\0-\xff]/.test(reason)) {
    // Perl cannot write such a status line. Whoever waits for it sees the connection break after five seconds
    // (recorded: an agent error with curly quotes in it came back as 596).
    await world.clock.sleep(5000);
    if (ran.from === 'proxy') throw new NoAnswer();
    return bare(596, 'Broken pipe');
  }
  return { status, reason, from: ran.from, ...rest };
}

async function refuseBody(request: Incoming, path: string, { world }: Cluster): Promise<Answer | undefined> {
  const length = Number(request.headers['content-length'] ?? request.body.length);
  if (!length) return undefined;
  if (request.method !== 'PUT' && request.method !== 'POST') {
    return plain(501, `Unexpected content for method '${request.method}'`);
  }
  const header = request.headers['content-type'];
  const type = mediaType(header);
  if (request.method === 'POST' && isUpload(path)) {
    if (uploadBoundary(request, path) !== undefined) return undefined;
    // Recorded: an upload in any other shape is never answered.
    await world.clock.sleep(5000);
    throw new NoAnswer();
  }
  if (length > MAX_BODY) return plain(501, 'for data too large');
  if (type === undefined || type === 'application/x-www-form-urlencoded' || type === 'application/json') {
    return undefined;
  }
  return plain(506, `upload 'Content-Type '${header}' not implemented`);
}

function fileAnswer(request: Incoming, path: string, files: Files): Answer {
  const file = request.method === 'GET' ? files(path) : undefined;
  if (file) {
    const known = Date.parse(request.headers['if-modified-since'] ?? '') / 1000;
    return known >= (file.modified ?? 0)
      ? { ...bare(304, 'NOT MODIFIED'), modified: file.modified as number }
      : file;
  }
  return path === '/'
    ? plain(501, 'the simulator has no web interface')
    : plain(500, `no such file '${path}'`);
}

/** An error whose body says no more than its reason phrase, without a type. */
function plain(status: number, reason: string): Answer {
  return { status, reason, body: reason, from: 'proxy' };
}

/** A status line alone. */
function bare(status: number, reason: string): Answer {
  return { status, reason, body: '', from: 'proxy' };
}
