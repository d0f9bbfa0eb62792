import type { Call, Routes } from '../call.ts';
import type { Log, Work } from '../world/tasks.ts';
import type { TemporaryFile } from '../world/temporary-files.ts';
import { type Arriving, arrivingFile, checksumMismatch, hasRoom } from './arriving-file.ts';
import { no, startTask } from './find.ts';
import { onNode } from './storage-content.ts';

/** Bytes a second at which a node copies. */
const COPY = 500_000_000;

/**
 * `POST …/upload`, once the file lies in `/var/tmp`. The call runs on the node that took the file, whichever node its
 * path names, and so does its task (PVE 9.2: for another node it copies over SSH).
 */
function upload(call: Call): string {
  const { world, params } = call;
  const storage = onNode(call);
  if (!storage.files) throw no(`can't upload to storage type '${storage.type}'`);
  const file = params.tmpfilename === undefined ? undefined : world.temporary.get(params.tmpfilename);
  if (params.tmpfilename === undefined) throw no('missing temporary file name');
  if (!file) throw no(`temporary file '${params.tmpfilename}' does not exist`);
  const arriving = arrivingFile(call, storage);
  if (!storage.contents.includes(params.content)) {
    throw no(`storage '${storage.id}' does not support '${params.content}' content`);
  }
  const [here] = world.nodes.values();
  const there = world.nodes.get(params.node);
  if (!here || !there) throw no(`no such cluster node '${params.node}'`);
  if (!there.online)
    throw no(`can't activate storage '${storage.id}' on node '${there.name}': got no answer`);
  const remote = here === there ? undefined : there;
  return startTask(call, here, 'imgcopy', '', (log) =>
    copy(log, arriving, file, { ...params, tmpfilename: params.tmpfilename, remote: remote?.ip }),
  );
}

interface Order {
  node?: string;
  tmpfilename: string;
  checksum?: string;
  'checksum-algorithm'?: string;
  /** The address of the node it goes to, where that is another one. */
  remote: string | undefined;
}

/** The lines are as recorded on PVE 9.2. */
function* copy(log: Log, arriving: Arriving, file: TemporaryFile, order: Order): Work {
  const { tmpfilename: from, checksum: expected, remote, node = '' } = order;
  log(`starting file import from: ${from}`);
  if (expected !== undefined) {
    const got = file.checksum ?? '';
    const right = got === expected.toLowerCase();
    log(`calculating checksum...${right ? 'OK, checksum verified' : ''}`);
    if (!right) throw checksumMismatch(got, expected);
  }
  log(`target node: ${node}`);
  log(`target file: ${arriving.path}`);
  // Perl's word for the size of an empty file is an empty text.
  log(`file size is: ${file.size || ''}`);
  log(
    remote === undefined
      ? `command: cp -- ${from} ${arriving.path}`
      : `command: /usr/bin/scp -o BatchMode=yes -o HostKeyAlias=${node} -p -- ${from} [${remote}]:${arriving.path}`,
  );
  yield Math.ceil((file.size / COPY) * 1000);
  if (!hasRoom(arriving, node, file.size)) {
    throw no(`import failed: cp: error writing '${arriving.path}': No space left on device`);
  }
  arriving.store(file.size);
  log('finished file import successfully');
  return undefined;
}

export const uploadRoutes: Routes = {
  'POST /nodes/{node}/storage/{storage}/upload': upload,
};
