import type { Call } from '../call.ts';
import type { Config } from '../world/guest.ts';
import { type OciImage, ociImage } from '../world/internet.ts';
import { sha1 } from '../world/random.ts';
import type { Log, Work } from '../world/tasks.ts';
import { arrivingFile, hasRoom, normalizeName } from './arriving-file.ts';
import { no, nodeOf, startTask } from './find.ts';
import { onNode } from './storage-content.ts';

/** Bytes a second at which layers come in. */
const SPEED = 20 * 1024 ** 2;

/**
 * `POST …/oci-registry-pull`: skopeo fetches an image and stores it among the templates. Refusals, the name of the file and
 * the task are as the sources of pve-storage 9.1 have them; what skopeo writes is its own.
 */
export function pullImage(call: Call): string {
  const { params } = call;
  const storage = onNode(call);
  if (!storage.files) throw no(`can't upload to storage type '${storage.type}', not a file based storage!`);
  if (!storage.contents.includes('vztmpl'))
    throw no(`storage '${storage.id}' is not configured for content-type 'vztmpl'`);
  const filename = `${normalizeName(params.filename ?? params.reference)}.tar`;
  const arriving = arrivingFile(call, storage, { content: 'vztmpl', filename });
  if (storage.get(params.node, arriving.volid)) throw no(`refusing to override existing file '${filename}'`);
  return startTask(call, nodeOf(call), 'ociregistrypull', filename, function* (log): Work {
    log('Getting image source signatures');
    yield 800;
    const image = ociImage(params.reference);
    if (!image)
      throw no(
        `command 'skopeo copy docker://${params.reference} ${`oci-archive:${arriving.path}`}' failed: exit code 1`,
      );
    for (let layer = 0; layer < image.layers; layer++) {
      log(`Copying blob sha256:${digest(`${params.reference} ${layer}`)}`);
      yield Math.ceil((image.size / image.layers / SPEED) * 1000);
    }
    if (!hasRoom(arriving, params.node, image.size)) throw no('no space left on device');
    log(`Copying config sha256:${digest(params.reference)}`);
    log('Writing manifest to image destination');
    arriving.store(image.size, { oci: image });
    return undefined;
  });
}

const digest = (text: string) => (sha1(text) + sha1(`${text}.`)).slice(0, 64);

/** `GET …/query-oci-repo-tags` */
export function repositoryTags({ params }: Call): string[] {
  if (ociImage(`${params.reference}:latest`)) return ['latest'];
  throw no(`command 'skopeo list-tags docker://${params.reference}' failed: exit code 1`);
}

/** What the image says of itself becomes the container's config (PVE 9.2, as people have seen it). */
export function fromOci({ entrypoint, env }: OciImage, log: Log): Config {
  log('Detected OCI archive');
  return { entrypoint, env: env.join('\0'), cmode: 'console' };
}
