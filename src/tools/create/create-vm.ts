import * as z from 'zod';
import type { Params } from '../../api/form.ts';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { line } from '../../render/untrusted.ts';
import { wholeNumber, words, yesNo } from '../arguments.ts';
import { type Step, timeIsUp } from '../steps.ts';
import { defineTool } from '../tool.ts';
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
import { chosen, grow, starting } from './guest-steps.ts';
import { type Image, readImage } from './image.ts';
import { nodesWith } from './lying-image.ts';
import { madeGuest, tellMade } from './made-guest.ts';
import { addressConfig, bridgeFor, fixedAddress } from './network.ts';
import { makeGuest, newVmid } from './new-guest.ts';
import { chooseNode, choosePlace, type Need, roomsIn } from './places.ts';

const GiB = 1024 ** 3;

export const createVm = defineTool({
  name: 'create_vm',
  title: 'Create a VM',
  toolset: 'create',
  effect: 'change',
  needs: ['GET /cluster/resources', 'POST /nodes/{node}/qemu'],
  description:
    'Create a VM from a cloud image (downloaded if missing, with cloud-init), an ISO, or empty; start it and wait for its address. What is not given is chosen and said.',
  input: z.strictObject({
    image: words('image')
      .optional()
      .describe('URL, or volume such as local:import/debian.qcow2, nas:iso/debian.iso'),
    ...placeArguments,
    ...sizeArguments,
    disk: wholeNumber('disk', 1, 65_536).optional().describe('GiB'),
    user: words('user').optional(),
    ssh_keys: sshKeys().describe('public keys'),
    ...networkArguments,
    options: otherOptions('{"tags":"web","onboot":1}'),
    start: yesNo('start').optional().describe('default: if from a cloud image'),
    keep: keep(),
  }),
  output: madeGuest,
  example: { name: 'empty-vm', disk: 8 },
  async run({ image: given, disk, ...args }, context) {
    const until = timeIsUp(context);
    const { name, user, ip } = args;
    checkName(name);
    const keys = readKeys(args.ssh_keys);
    const options = readOptions(args.options);
    const source = given === undefined ? undefined : imageOfVm(given);
    const isCloud = source?.content === 'import';
    if (!isCloud && (user ?? keys ?? ip) !== undefined)
      throw new Failure(
        'invalid_argument',
        'user, ssh_keys and ip are for a cloud image, which reads them at its first start.',
        'Leave them out, or give the URL or volume of a cloud image (.qcow2) as image.',
      );
    const rooms = roomsIn(await context.pve.resources.list(undefined, { signal: context.signal }));
    const on = source?.kind === 'volume' ? await nodesWith(source, rooms, args.node, context) : undefined;
    const size = disk === undefined ? (isCloud ? undefined : 32 * GiB) : disk * GiB;
    const need: Need = { content: 'images', storage: args.storage, size, on };
    const needs = source?.kind === 'url' ? [need, { content: source.content }] : [need];
    const node = chooseNode(rooms, args.node, needs);
    const place = choosePlace(rooms, need, node);
    const [fetch, bridge, vmid] = await Promise.all([
      source?.kind === 'url' ? planFetch(source, { node }, rooms, context) : undefined,
      bridgeFor(node, args.network, context),
      newVmid(args.vmid, rooms, context),
    ]);
    const volid = source?.kind === 'volume' ? source.volid : fetch?.volid;
    const ipconfig0 = isCloud ? addressConfig(ip ?? 'dhcp', args.gateway) : undefined;
    const params: Params = {
      ...{ name, cores: args.cores ?? 1, memory: args.memory ?? 2048, ...WIZARD },
      ...(bridge !== undefined && { net0: `virtio,${bridge}` }),
      ...(isCloud
        ? {
            ...{ scsi0: `${place.storage}:0,import-from=${volid},iothread=1`, boot: 'order=scsi0' },
            ...{ ide2: `${place.storage}:cloudinit`, serial0: 'socket' },
            ...{ ciuser: user, sshkeys: keys, ipconfig0 },
          }
        : { scsi0: `${place.storage}:${(size ?? 0) / GiB},iothread=1` }),
      ...(!isCloud && volid !== undefined && { ide2: `${volid},media=cdrom` }),
      ...options,
    };
    const start = args.start ?? isCloud;
    const steps = (id: number): Step[] => [
      {
        ...{
          name: `create VM ${id}`,
          verb: 'POST',
          path: path`/nodes/${node}/qemu`,
          params: { vmid: id, ...params },
        },
        undo: { name: `remove VM ${id}`, verb: 'DELETE', path: path`/nodes/${node}/qemu/${id}` },
      },
      ...(isCloud && disk !== undefined ? [grow(node, id, disk)] : []),
      ...(start ? [starting(node, id)] : []),
    ];
    const before = fetch?.step === undefined ? [] : [fetch.step];
    const order = { before, steps, vmid, isChosen: args.vmid !== undefined, keep: args.keep ?? false, until };
    const job = await makeGuest(order, context);
    const hasAgent = /^(?:1|enabled=1)/.test(String(params.agent));
    return tellMade(
      {
        ...{ tool: 'create_vm', type: 'qemu', node, name, storage: place.storage, start, job, until },
        ...{ steps: [...before, ...steps(job.vmid)], before: before.length },
        fixed: fixedAddress(ipconfig0),
        mute: !isCloud
          ? 'nothing is installed in it yet'
          : hasAgent
            ? undefined
            : 'its agent is switched off in its config',
        notes: [
          ...chosen(args, node, place, volid, fetch?.step !== undefined),
          ...(fetch?.notes ?? []).filter((note) => note.startsWith('Stored as')),
          ...(isCloud && keys === undefined && options.cipassword === undefined
            ? ['Nobody can log in yet: no ssh_keys were given.']
            : []),
          ...(bridge === undefined ? [`It has no network card: ${node} shows no bridge.`] : []),
        ],
      },
      context,
    );
  },
});

/** What the wizard of PVE 9 sets, save the agent, which it leaves off: without it nobody can tell the address. */
const WIZARD = {
  ...{ cpu: 'x86-64-v2-AES', sockets: 1, ostype: 'l26', scsihw: 'virtio-scsi-single', agent: 'enabled=1' },
};

function imageOfVm(given: string): Exclude<Image, { kind: 'oci' | 'template' }> {
  const image = readImage(given);
  if (image.kind === 'oci' || image.kind === 'template' || image.content === 'vztmpl')
    throw new Failure(
      'invalid_argument',
      `${line(given, 120)} is an image for containers.`,
      'Use create_container for it; a VM takes a URL or a volume of a cloud image (.qcow2) or an ISO image.',
    );
  const file = image.kind === 'url' ? image.filename : image.volid;
  if (file.endsWith('.ova'))
    throw new Failure(
      'invalid_argument',
      `${line(file, 120)} is an archive of several files, of which one is the disk.`,
      'fetch_image it, then give its disk as image: local:import/name.ova/disk.vmdk.',
    );
  return image;
}
