import * as z from 'zod';
import { Failure } from '../../failure.ts';
import { bytes } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';
import { word, words } from '../arguments.ts';
import { type Job, runSteps } from '../steps.ts';
import { followText } from '../task-text.ts';
import { defineTool } from '../tool.ts';
import { checkSteps } from './check-steps.ts';
import { type FetchPlan, planFetch } from './fetch-plan.ts';
import { readChecksum, readImage } from './image.ts';
import { roomsIn } from './places.ts';

export const fetchImage = defineTool({
  name: 'fetch_image',
  title: 'Download an image to a storage',
  toolset: 'create',
  effect: 'change',
  needs: ['GET /cluster/resources'],
  description:
    'Download an ISO, cloud image, container template or OCI image to a storage. create_vm and create_container do so themselves.',
  input: z.strictObject({
    image: words('image').describe('URL, template (debian-13-standard) or OCI reference'),
    content: word('content', ['iso', 'vztmpl', 'import']).optional(),
    storage: words('storage').optional(),
    node: words('node').optional(),
    filename: words('filename').optional(),
    checksum: words('checksum').optional().describe('sha256:…'),
  }),
  output: z.object({
    volid: z.string(),
    node: z.string(),
    storage: z.string(),
    state: z.enum(['done', 'already', 'running']),
    size: z.number().optional().describe('bytes'),
    upid: z.string().optional(),
    notes: z.array(z.string()),
  }),
  example: { image: 'alpine-3.22-default' },
  async run({ image: given, content, filename, checksum: digits, ...wish }, context) {
    const image = readImage(given, content, filename);
    if (image.kind === 'volume')
      throw new Failure(
        'invalid_argument',
        `${line(image.volid)} lies on a storage already.`,
        'Give the URL, template name or OCI reference that it is to be fetched from.',
      );
    const checksum = digits === undefined ? undefined : readChecksum(digits);
    if (checksum !== undefined && image.kind !== 'url')
      throw new Failure(
        'invalid_argument',
        'A checksum can be given for a URL alone.',
        'Proxmox checks templates by its own list, and OCI images by their digests: leave checksum out.',
      );
    const rooms = roomsIn(await context.pve.resources.list(undefined, { signal: context.signal }));
    const plan = await planFetch(image, { ...wish, checksum }, rooms, context);
    if (plan.step === undefined) return answer(plan, 'already', undefined, image.kind === 'url');
    await checkSteps([plan.step], context);
    const job = await runSteps([plan.step], context);
    return answer(plan, job.running === undefined ? 'done' : 'running', job);
  },
});

function answer(plan: FetchPlan, state: 'done' | 'already' | 'running', job?: Job, canCompare = false) {
  const { volid, node, storage, size, notes } = plan;
  const upid = job?.task?.upid;
  const amount = size === undefined ? '' : ` (${bytes(size)})`;
  const what = `${line(volid)}${amount} on ${node}`;
  const wasThere = job?.task?.log.some((entry) => entry.includes('got correct file already')) ?? false;
  const head = {
    already: `Nothing done: ${what} is there already.${canCompare ? ' Its content was not compared: a checksum would do that.' : ''}`,
    running: `STILL RUNNING: fetching ${what}. ${followText(upid)}`,
    done: wasThere ? `${what} was there already, and its checksum is right.` : `Fetched ${what}.`,
  }[state];
  const next = state === 'running' ? undefined : useOf(volid);
  return {
    text: [head, ...notes, next].filter((part) => part !== undefined).join('\n'),
    data: {
      ...{ volid: line(volid), node, storage, state: wasThere ? ('already' as const) : state, notes },
      ...(size !== undefined && { size }),
      ...(upid !== undefined && { upid }),
    },
  };
}

function useOf(volid: string): string {
  const tool = volid.includes(':vztmpl/') ? 'create_container' : 'create_vm';
  return `Use it: ${tool} image=${line(volid)}`;
}
