import { type Call, parameterErrors, type Routes } from '../call.ts';
import { fetchable, type RemoteFile, remoteChecksum } from '../world/internet.ts';
import type { Log, Task, Work } from '../world/tasks.ts';
import type { World } from '../world/world.ts';
import { type Arriving, arrivingFile, checksumMismatch, hasRoom, normalizeName } from './arriving-file.ts';
import { no, nodeOf, startTask } from './find.ts';
import { pullImage, repositoryTags } from './oci.ts';
import { onNode } from './storage-content.ts';

const MiB = 1024 ** 2;
/** Bytes a second at which downloads come in. */
const SPEED = 100 * MiB;
/** wget writes a line for so many bytes (`--progress=dot:giga`). */
const LINE = 32 * MiB;

/** `2026-11-22 16:37:38`, as wget writes the time. */
const stamp = (world: World) => new Date(world.seconds() * 1000).toISOString().slice(0, 19).replace('T', ' ');

function queryMetadata({ world, params }: Call) {
  const found = fetchable(params.url, stamp(world));
  if (!('size' in found)) throw no(`invalid server response: '${found.lwp}'`);
  const filename = /^[^?]+\/([^?/]*)(?:\?.*)?$/s.exec(params.url)?.[1];
  return { ...(filename ? { filename } : {}), size: found.size, mimetype: found.mimetype };
}

function downloadUrl(call: Call): string {
  const { world, params } = call;
  const storage = onNode(call);
  if (!storage.files) throw no(`can't upload to storage type '${storage.type}', not a file based storage!`);
  if (!storage.contents.includes(params.content)) {
    throw no(`storage '${storage.id}' is not configured for content-type '${params.content}'`);
  }
  const arriving = arrivingFile(call, storage);
  return startTask(call, nodeOf(call), 'download', normalizeName(params.filename), (log, task) =>
    download(world, arriving, log, { ...(params as Order), task }),
  );
}

/** `POST …/aplinfo`: a template of the node's list, whose checksum is known. */
function downloadTemplate(call: Call): string {
  const { params } = call;
  const known = nodeOf(call).appliances.find(({ template }) => template === params.template);
  if (!known) throw parameterErrors({ template: 'no such template' });
  const storage = onNode(call);
  if (!storage.contents.includes('vztmpl')) throw no(`storage '${storage.id}' does not support templates`);
  const arriving = arrivingFile(call, storage, { content: 'vztmpl', filename: params.template });
  const order = { node: params.node, url: known.location ?? '', content: 'vztmpl' };
  const sum = { checksum: known.sha512sum ?? '', 'checksum-algorithm': 'sha512' };
  return startTask(call, nodeOf(call), 'download', params.template, (log, task) =>
    download(call.world, arriving, log, { ...order, ...sum, task }),
  );
}

interface Order {
  node: string;
  url: string;
  checksum?: string;
  'checksum-algorithm'?: string;
  compression?: string;
  content: string;
  task: Task;
}

/** First and last line, and the failures' words, are as recorded on PVE 9.2. */
function* download(world: World, arriving: Arriving, log: Log, order: Order): Work {
  const { url, checksum: expected, 'checksum-algorithm': algorithm = 'sha256', node } = order;
  if (order.compression !== undefined && order.content !== 'iso') {
    throw no(`decompression not supported for ${order.content}`);
  }
  log(`downloading ${url} to ${arriving.path}`);
  const actual = remoteChecksum(url, algorithm);
  const before = arriving.storage.get(node, arriving.volid);
  if (before) {
    if (expected === undefined) throw no(`refusing to override existing file '${arriving.path}'`);
    const same = expected.toLowerCase() === actual;
    log(
      `calculating checksum of existing file...${same ? 'OK, got correct file already, no need to download' : ''}`,
    );
    if (same) return undefined;
    throw no(`checksum mismatch: got '${actual}' != expect '${expected}', aborting`);
  }
  const file = yield* wget(world, arriving, log, order);
  if (expected !== undefined) {
    const right = expected.toLowerCase() === actual;
    log(`calculating checksum...${right ? 'OK, checksum verified' : ''}`);
    if (!right) throw checksumMismatch(actual, expected);
  }
  arriving.store(file.size, file.system && { system: file.system });
  log(`download of '${url}' to '${arriving.path}' finished`);
  return undefined;
}

/** What wget writes while it fetches. Its last line before a failure becomes the task's error. */
function* wget(
  world: World,
  arriving: Arriving,
  log: Log,
  { url, node, task }: Order,
): Generator<number, RemoteFile, void> {
  log(`--${stamp(world)}--  ${url}`);
  const found = fetchable(url, stamp(world));
  if (!('size' in found)) {
    for (const line of found.wget) log(line);
    throw no(`download failed: ${found.last}`);
  }
  const { size, mimetype, speed = SPEED } = found;
  const to = `${arriving.path}.tmp_dwnl.${task.pid}`;
  const { host } = new URL(url);
  log(`Connecting to ${host}... connected.`);
  log('HTTP request sent, awaiting response... 200 OK');
  log(`Length: ${size} (${Math.round(size / MiB)}M) [${mimetype}]`);
  log(`Saving to: '${to}'`);
  log('');
  for (let done = 0; done < size; done += LINE) {
    const after = Math.min(size, done + LINE);
    yield Math.ceil(((after - done) / speed) * 1000);
    if (!hasRoom(arriving, node, after)) {
      throw no(`download failed: Cannot write to '${to}' (No space left on device).`);
    }
    const dots = '.'.repeat(Math.ceil((after - done) / MiB)).replace(/(.{8})(?=.)/g, '$1 ');
    const percent = String(Math.floor((after / size) * 100)).padStart(3);
    const left = Math.ceil((size - after) / speed);
    log(`${`${done / 1024}K`.padStart(8)} ${dots.padEnd(35)} ${percent}%  ${speed / MiB}M ${left}s`);
  }
  log('');
  log(`${stamp(world)} (${speed / MiB} MB/s) - '${to}' saved [${size}/${size}]`);
  return found;
}

export const downloadRoutes: Routes = {
  'GET /nodes/{node}/query-url-metadata': queryMetadata,
  'POST /nodes/{node}/storage/{storage}/download-url': downloadUrl,
  'POST /nodes/{node}/storage/{storage}/oci-registry-pull': pullImage,
  'GET /nodes/{node}/query-oci-repo-tags': repositoryTags,
  'GET /nodes/{node}/aplinfo': (call) => nodeOf(call).appliances,
  'POST /nodes/{node}/aplinfo': downloadTemplate,
};
