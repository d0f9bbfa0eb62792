// biome-ignore-all lint/performance/noBarrelFile: this is the package's door: what a user needs, under one name
import { Api } from './api/api.ts';
import { type ClientOptions, type ReadOptions, readOptions } from './api/client-options.ts';
import { type Connection, connect } from './api/connect.ts';
import { withFailover } from './api/failover.ts';
import type { PveshSettings } from './api/pvesh.ts';
import { type TypedApi, typed } from './api/typed.ts';
import type { Send } from './api/wire.ts';
import { type Clock, realClock } from './clock.ts';
import { Consoles } from './pve/consoles.ts';
import { Files } from './pve/files.ts';
import { Tasks } from './pve/tasks.ts';

/**
 * A client of one Proxmox server or cluster. It is an `Api` (`get`, `post`, `put`, `delete`, `request`), with the tasks
 * that its calls start.
 */
export class Client extends Api {
  /** What calls start: `await client.tasks.wait(upid)`. Understands the task ids of this client's product. */
  readonly tasks: Tasks;
  /** Uploads and downloads to a storage of Proxmox VE. */
  readonly files: Files;
  /** Screens and terminals of Proxmox VE, as streams. */
  readonly consoles: Consoles;
  /** The same calls with types for every path, for Proxmox VE. */
  readonly typed: TypedApi;
  readonly #connection: Pick<Connection, 'close'> | undefined;

  /** Use `createClient`. */
  constructor(
    options: Pick<ReadOptions, 'product' | 'login'> & Pick<ClientOptions, 'watch'>,
    wire: Wire,
    clock: Clock,
  ) {
    super({ ...options, ...wire, clock });
    this.#connection = 'close' in wire ? wire : undefined;
    this.tasks = new Tasks(this, clock);
    this.files = new Files(this, this.tasks);
    this.consoles = new Consoles(this, clock);
    this.typed = typed(this);
  }

  /** Waits for calls under way, then closes every connection. */
  async close(): Promise<void> {
    await this.#connection?.close();
  }
}

type Wire = Connection | Pick<Connection, 'send'>;

/**
 * Makes a client. Nothing is sent, nor the HTTP library loaded, before its first call.
 *
 * ```ts
 * const client = createClient({ url: 'pve1.lan', tokenId: 'root@pam!mcp', secretFile: '/run/secrets/proxmox' });
 * const status = await client.get(path`/nodes/${node}/status`);
 * const task = await client.tasks.wait(await client.post(path`/nodes/${node}/qemu/${100}/status/start`));
 * await client.close();
 * ```
 *
 * @throws Failure `config` for options that are wrong or contradict each other
 */
export function createClient(options: ClientOptions): Client {
  const read = readOptions(options);
  const clock = options.clock ?? realClock;
  const send = options.send ?? (read.pvesh && overPvesh(read.pvesh));
  const { watch } = options;
  const wire = send === undefined ? open(read, clock) : { send };
  return new Client({ ...read, ...(watch && { watch }) }, wire, clock);
}

/** Loaded with the first call, since few need it. */
function overPvesh(settings: PveshSettings): Send {
  let loading: Promise<Send> | undefined;
  return async (request) => {
    loading ??= import('./api/pvesh.ts').then(({ pvesh }) => pvesh(settings));
    return (await loading)(request);
  };
}

function open({ urls, network }: ReadOptions, clock: Clock): Connection {
  // With another host to turn to, nobody waits long for one that is off.
  const patience = urls.length > 1 ? { connectTimeoutMs: 3_000 } : {};
  return withFailover(
    urls.map((url) => connect({ ...network, ...patience, url })),
    clock,
  );
}

export type { Answer } from './api/answer.ts';
export type { CallOptions } from './api/api.ts';
export type { ClientOptions } from './api/client-options.ts';
export type { Params, ParamValue } from './api/form.ts';
export { type ApiPath, parsePath, path, taskId, volume } from './api/path.ts';
export { type Product, type ProductName, products } from './api/products.ts';
export type { PveshSettings } from './api/pvesh.ts';
export type {
  SecondFactor,
  SecondFactorAnswer,
  SecondFactorChallenge,
  SecondFactorKind,
} from './api/second-factor.ts';
export type { ClientCertificate } from './api/tls.ts';
export type { TypedApi } from './api/typed.ts';
export type { UploadSource } from './api/upload-source.ts';
export type { TaskEnd, Watch } from './api/watch.ts';
export type { Send, Verb, WireRequest, WireResponse } from './api/wire.ts';
export type { Clock } from './clock.ts';
export { Failure, type FailureCode, type FailureDetails } from './failure.ts';
export type { ConsoleGuest, Screen, TerminalOptions } from './pve/consoles.ts';
export type { Checksum, FileContent } from './pve/file-names.ts';
export type { ArrivedFile, DownloadOrder, UploadOrder } from './pve/files.ts';
export type { TaskProgress } from './pve/task-progress.ts';
export type { FollowOptions, StoppedTask, Task, WaitOptions } from './pve/tasks.ts';
export type { Terminal } from './pve/terminal.ts';
export { parseUpid, type Upid } from './pve/upid.ts';
export type { PveDelete, PveGet, PveMethod, PvePost, PvePut } from './schema/pve-types.ts';
