import * as z from 'zod';
import type { Params } from '../../api/form.ts';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { line } from '../../render/untrusted.ts';
import { wholeNumber, words, yesNo } from '../arguments.ts';
import { type Step, timeIsUp } from '../steps.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { planFetch } from './fetch-plan.ts';
import {
  checkName,
  keep,
  networkArguments,
  otherOptions,
  placeArguments,
  readKeys,
  readOptions,
  sizeArguments,
  sshKeys,
} from './guest-arguments.ts';
import { chosen, starting } from './guest-steps.ts';
import { type Image, readImage } from './image.ts';
import { nodesWith } from './lying-image.ts';
import { madeGuest, tellMade } from './made-guest.ts';
import { addressConfig, bridgeFor, fixedAddress } from './network.ts';
import { makeGuest, newVmid } from './new-guest.ts';
import { chooseNode, choosePlace, type Need, roomsIn } from './places.ts';

const GiB = 1024 ** 3;
/** Of PVE 9's wizard, in GiB. */
const ROOT_DISK = 8;

export const createContainer = defineTool({
  name: 'create_container',
  title: 'Create a container',
  toolset: 'create',
  effect: 'change',
  needs: ['GET /cluster/resources', 'POST /nodes/{node}/lxc'],
  description:
    'Create an LXC container from a template or an OCI (Docker) image, fetched if missing; start it and wait for its address. What is not given is chosen and said.',
  input: z.strictObject({
    image: words('image').describe(
      'template (debian-13-standard), volume, URL or OCI reference (docker.io/library/nginx:1.29)',
    ),
    ...placeArguments,
    ...sizeArguments,
    disk: wholeNumber('disk', 1, 65_536).optional().describe('GiB'),
    mounts: mountList(),
    password: words('password').optional(),
    ssh_keys: sshKeys().describe('public keys'),
    ...networkArguments,
    nesting: yesNo('nesting').optional(),
    options: otherOptions('{"onboot":1}'),
    start: yesNo('start').default(true),
    keep: keep(),
  }),
  output: madeGuest,
  example: { image: 'debian-13-standard', name: 'files' },
  async run({ image: given, disk = ROOT_DISK, start, ...args }, context) {
    const until = timeIsUp(context);
    const { name } = args;
    checkName(name);
    const keys = readKeys(args.ssh_keys);
    const options = readOptions(args.options);
    const mounts = readMounts(args.mounts, context);
    const source = imageOfContainer(given);
    const ip = addressConfig(args.ip ?? 'dhcp', args.gateway);
    const rooms = roomsIn(await context.pve.resources.list(undefined, { signal: context.signal }));
    const on = source.kind === 'volume' ? await nodesWith(source, rooms, args.node, context) : undefined;
    const need: Need = { content: 'rootdir', storage: args.storage, size: disk * GiB, on };
    const node = chooseNode(
      rooms,
      args.node,
      source.kind === 'volume' ? [need] : [need, { content: 'vztmpl' }],
    );
    const place = choosePlace(rooms, need, node);
    const [fetch, bridge, vmid] = await Promise.all([
      source.kind === 'volume' ? undefined : planFetch(source, { node }, rooms, context),
      bridgeFor(node, args.network, context),
      newVmid(args.vmid, rooms, context),
    ]);
    const ostemplate = source.kind === 'volume' ? source.volid : (fetch?.volid ?? '');
    const params: Params = {
      ...{ ostemplate, hostname: name, rootfs: `${place.storage}:${disk}` },
      ...{ cores: args.cores ?? 1, memory: args.memory ?? 512, swap: 512, unprivileged: true },
      ...(bridge !== undefined && { net0: `name=eth0,${bridge},${ip}` }),
      ...((args.nesting ?? true) && { features: 'nesting=1' }),
      ...{ password: args.password, 'ssh-public-keys': keys },
      ...Object.fromEntries(mounts.map((mount, index) => [`mp${index}`, mount])),
      ...options,
    };
    const steps = (id: number): Step[] => [
      {
        ...{ name: `create container ${id}`, verb: 'POST', path: path`/nodes/${node}/lxc` },
        params: { vmid: id, ...params },
        undo: { name: `remove container ${id}`, verb: 'DELETE', path: path`/nodes/${node}/lxc/${id}` },
      },
      ...(start ? [starting(node, id, 'lxc')] : []),
    ];
    const before = fetch?.step === undefined ? [] : [fetch.step];
    const order = { before, steps, vmid, isChosen: args.vmid !== undefined, keep: args.keep ?? false, until };
    const job = await makeGuest(order, context);
    const isOci = source.kind === 'oci';
    return tellMade(
      {
        ...{ tool: 'create_container', type: 'lxc', node, name, storage: place.storage, start, job, until },
        ...{ steps: [...before, ...steps(job.vmid)], before: before.length },
        fixed: bridge === undefined ? undefined : fixedAddress(ip),
        mute: bridge === undefined ? 'it has no network card' : undefined,
        notes: [
          ...chosen(args, node, place, ostemplate, fetch?.step !== undefined),
          ...(fetch?.notes ?? []).filter((note) => note.startsWith('No tag')),
          ...(!isOci && args.password === undefined && keys === undefined
            ? ['Nobody can log in but from the node (pct enter): neither password nor ssh_keys were given.']
            : []),
          ...(bridge === undefined ? [`${node} shows no bridge.`] : []),
        ],
      },
      context,
    );
  },
});

function mountList() {
  const read = (value: unknown) => (typeof value === 'string' ? [value] : value);
  const error = 'mounts must be a list of text such as local-lvm:16,mp=/data';
  return z
    .preprocess(read, z.array(z.string({ error }), { error }))
    .optional()
    .describe('local-lvm:16,mp=/data');
}

/** @throws Failure for a mount point that says too little, or that this login may never make */
function readMounts(mounts: readonly string[] = [], { pve }: ToolContext): readonly string[] {
  const lost = mounts.find((mount) => !/,mp=\/[^,]*/.test(mount));
  if (lost !== undefined)
    throw new Failure(
      'invalid_argument',
      `The mount ${line(lost, 120)} does not say where it is to appear.`,
      'Write storage:GiB,mp=/path, such as local-lvm:16,mp=/data.',
    );
  const { kind, name } = pve.api.who;
  const bound = mounts.find((mount) => mount.startsWith('/'));
  if (bound !== undefined && (kind === 'token' || name !== 'root@pam'))
    throw new Failure(
      'forbidden',
      `Only root@pam logged in with a password may mount a folder of the node (${line(bound, 120)}).`,
      'Give a disk of a storage instead: local-lvm:16,mp=/data; or add the mount on the node afterwards with pct set.',
    );
  return mounts;
}

function imageOfContainer(given: string): Image {
  const image = readImage(given);
  if (image.content === 'vztmpl') return image;
  throw new Failure(
    'invalid_argument',
    `${line(given, 120)} is an image for VMs.`,
    'Use create_vm for it; a container takes a template (debian-13-standard, or a .tar.zst) or an OCI image.',
  );
}
