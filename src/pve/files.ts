import type { Api, CallOptions } from '../api/api.ts';
import { path } from '../api/path.ts';
import type { UploadSource } from '../api/upload-source.ts';
import { Failure } from '../failure.ts';
import { type Checksum, checkFile, type FileContent, withFileHint } from './file-names.ts';
import type { Task, Tasks, WaitOptions } from './tasks.ts';

/** A file on its way to a storage. */
interface FileOrder extends Omit<CallOptions, 'stream' | 'host'> {
  node: string;
  storage: string;
  content: FileContent;
  /** Compared by Proxmox before the file is put in its place. */
  checksum?: Checksum;
  /** How the task is waited for. */
  wait?: Omit<WaitOptions, 'signal'>;
}

export interface UploadOrder extends FileOrder {
  source: UploadSource;
  /** What it shall be called; the name of the file where there is one. */
  filename?: string;
  /** Hears how many bytes of the file have been handed to the connection. */
  progress?: (sent: number, total: number) => void;
}

export interface DownloadOrder extends FileOrder {
  /** `http://` or `https://`, as seen from the node. */
  url: string;
  filename: string;
  /** false: the node takes any certificate of that server. */
  verifyCertificates?: boolean;
  /** How the file is packed, for an ISO image that shall be unpacked: `gz`, `lzo`, `zst`, `bz2`. */
  compression?: string;
}

/** A file that has arrived; `task.state` is `running` where it may still be on its way. */
export interface ArrivedFile {
  /** `local:iso/debian.iso`. Proxmox writes `_` for what is no plain letter, digit, dot, dash or underscore. */
  volid: string;
  task: Task;
}

/** ISO images, container templates and disk images, brought to a storage. */
export class Files {
  readonly #api: Api;
  readonly #tasks: Tasks;

  constructor(api: Api, tasks: Tasks) {
    this.#api = api;
    this.#tasks = tasks;
  }

  /**
   * Uploads a file and waits for the task (`imgcopy`) that puts it in its place, on the node that took it. It is read
   * piece by piece while it is sent, and never sent again. **A file of that name is overwritten** (recorded on PVE 9.2).
   *
   * @throws Failure `invalid_argument` before anything is sent; `wrong_state` for a file that changed while it was read;
   *   `task_failed` for a wrong checksum; `details.mayHaveRun` only where the whole file had left
   */
  async upload(order: UploadOrder): Promise<ArrivedFile> {
    const { node, storage, content, signal, progress } = order;
    const [{ openSource }, { multipartBody }] = await Promise.all([
      import('../api/upload-source.ts'),
      import('../api/multipart.ts'),
    ]);
    const source = await openSource(order.source);
    try {
      const { filename, checksum } = checkFile(order.filename ?? source.name, order.checksum);
      const body = multipartBody(
        [
          ['content', content],
          ...(checksum ? ([['checksum-algorithm', checksum.algorithm]] as const) : []),
          ...(checksum ? ([['checksum', checksum.value]] as const) : []),
        ],
        { field: 'filename', filename, size: source.size, chunks: source.chunks },
        progress && inSteps(progress, source.size),
      );
      const upid = await this.#api
        .post<string>(path`/nodes/${node}/storage/${storage}/upload`, {}, { ...callOf(order), stream: body })
        .catch((error) => {
          throw withFileHint(body.complete ? error : nothingStored(error), content);
        });
      const task = await this.#tasks.wait(upid, { ...order.wait, ...(signal && { signal }) });
      return { volid: `${storage}:${content}/${filename}`, task };
    } finally {
      await source.close();
    }
  }

  /**
   * Has the node download a file and waits for that task (`download`), whose log tells the percentage. Unlike an upload
   * it overwrites nothing: an existing file is a `task_failed`, or enough where a checksum says that it is the right one.
   */
  async download(order: DownloadOrder): Promise<ArrivedFile> {
    const { node, storage, content, url, signal, compression, verifyCertificates } = order;
    const { filename, checksum } = checkFile(order.filename, order.checksum);
    const upid = await this.#api
      .post<string>(
        path`/nodes/${node}/storage/${storage}/download-url`,
        {
          ...{ url, content, filename, compression },
          'verify-certificates': verifyCertificates,
          'checksum-algorithm': checksum?.algorithm,
          checksum: checksum?.value,
        },
        callOf(order),
      )
      .catch((error) => {
        throw withFileHint(error, content);
      });
    const task = await this.#tasks.wait(upid, { ...order.wait, ...(signal && { signal }) });
    return { volid: `${storage}:${content}/${filename}`, task };
  }
}

function callOf({ signal, timeoutMs }: FileOrder): CallOptions {
  return { ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) };
}

/** At most about a hundred reports, and the last one. */
function inSteps(progress: (sent: number, total: number) => void, total: number): (sent: number) => void {
  const step = total / 100;
  let next = 0;
  return (sent) => {
    if (sent < next && sent < total) return;
    next = sent + step;
    progress(sent, total);
  };
}

/** Proxmox throws away what it has of an upload that breaks off, so that much is certain. */
function nothingStored(error: unknown): unknown {
  if (!(error instanceof Failure) || error.details.status !== undefined) return error;
  const why =
    error.code === 'unreachable'
      ? 'Proxmox hangs up on an upload that it refuses: check Datastore.AllocateTemplate on the storage, and the free space of /var/tmp on the server.'
      : error.hint;
  return new Failure(error.code, error.message, `Nothing was stored. ${why}`, error.details, error.cause);
}
