import * as z from 'zod';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { findGuest, type Guest } from '../../pve/guests.ts';
import { flag } from '../../pve/read.ts';
import { NODE_OFFLINE } from '../../pve/resources.ts';
import { line } from '../../render/untrusted.ts';
import { guest, wholeNumber, words, yesNo } from '../arguments.ts';
import { type Step, timeIsUp } from '../steps.ts';
import { defineTool } from '../tool.ts';
import {
  changesOf,
  checkClone,
  checkTarget,
  disksOf,
  growth,
  sameAddress,
  systemDisk,
  whose,
} from './clone-plan.ts';
import { canBeLinked, configOf } from './clone-source.ts';
import { checkName, keep, placeArguments, readKeys, sizeArguments, sshKeys } from './guest-arguments.ts';
import { grow, starting } from './guest-steps.ts';
import { madeGuest, tellMade } from './made-guest.ts';
import { fixedAddress } from './network.ts';
import { makeGuest, newVmid } from './new-guest.ts';
import { chooseNode, choosePlace, roomsIn } from './places.ts';

export const cloneGuest = defineTool({
  name: 'clone_guest',
  title: 'Clone a guest',
  toolset: 'create',
  effect: 'change',
  needs: ['GET /cluster/resources'],
  description:
    'Clone a VM, container or template; set cores, memory, disk and cloud-init of the copy, start it.',
  input: z.strictObject({
    guest: guest(),
    snapshot: words('snapshot').optional(),
    ...placeArguments,
    full: yesNo('full').optional(),
    ...sizeArguments,
    disk: wholeNumber('disk', 1, 65_536).optional().describe('GiB'),
    user: words('user').optional(),
    ssh_keys: sshKeys(),
    ip: words('ip').optional(),
    gateway: words('gateway').optional(),
    start: yesNo('start').optional(),
    keep: keep(),
  }),
  output: madeGuest,
  example: { guest: '9000', name: 'web4' },
  async run({ guest: wanted, disk, ...args }, context) {
    const until = timeIsUp(context);
    const { pve, signal } = context;
    const { name, storage, snapshot } = args;
    checkName(name);
    const keys = readKeys(args.ssh_keys);
    const resources = await pve.resources.list(undefined, { signal });
    const source = findGuest(resources, wanted);
    if (source.status === NODE_OFFLINE) throw onOfflineNode(source);
    const rooms = roomsIn(resources);
    const target = args.node === undefined ? source.node : chooseNode(rooms, args.node, []);
    const [config, vmid, canLink] = await Promise.all([
      configOf(source, snapshot, context),
      newVmid(args.vmid, rooms, context),
      source.template && !args.full && (storage ?? snapshot) === undefined
        ? canBeLinked(source, context)
        : false,
    ]);
    const disks = disksOf(source, config);
    checkClone(source, config, args, { canLink, disks, rooms });
    checkTarget(source, target, storage, disks, rooms);
    const content = source.type === 'qemu' ? 'images' : 'rootdir';
    if (storage !== undefined) choosePlace(rooms, { content, storage }, source.node);
    const changes = Object.entries(changesOf(source, config, { ...args, keys })).filter(
      ([, value]) => value !== undefined,
    );
    const grown = growth(source, systemDisk(source, config, disks), disk);
    const same = args.ip === undefined ? sameAddress(source, config) : undefined;
    const start = args.start ?? same === undefined;
    const full = !canLink;
    const { type, node } = source;
    const steps = (id: number): Step[] => [
      {
        ...{
          name: `${full ? 'copy' : 'clone'} ${source.vmid} to ${id}${full ? '' : ' (linked)'}`,
          verb: 'POST',
        },
        path: path`/nodes/${node}/${type}/${source.vmid}/clone`,
        params: {
          ...{ newid: id, full, storage, snapname: snapshot, [type === 'qemu' ? 'name' : 'hostname']: name },
          ...(target !== node && { target }),
        },
        undo: { name: `remove ${id}`, verb: 'DELETE', path: path`/nodes/${target}/${type}/${id}` },
      },
      ...(changes.length === 0
        ? []
        : [
            {
              ...{ name: `configure ${id}`, verb: 'PUT' as const, params: Object.fromEntries(changes) },
              path: path`/nodes/${target}/${type}/${id}/config`,
            },
          ]),
      ...(grown === undefined ? [] : [grow(target, id, disk ?? 0, grown.key, type)]),
      ...(start ? [starting(target, id, type)] : []),
    ];
    const order = {
      before: [],
      steps,
      vmid,
      isChosen: args.vmid !== undefined,
      keep: args.keep ?? false,
      until,
    };
    const job = await makeGuest(order, context);
    const isMute = type === 'qemu' && !/^(?:1|enabled=1)/.test(String(config.agent ?? ''));
    return tellMade(
      {
        ...{ tool: 'clone_guest', type, node: target, name, storage, start, job, until },
        ...{ steps: steps(job.vmid), before: 0 },
        fixed: fixedAddress(args.ip === undefined ? same : `ip=${args.ip}`),
        mute: isMute ? 'the guest agent is switched off in its config' : undefined,
        notes: [
          full
            ? `A full copy of ${whose(source)}${snapshot === undefined ? '' : ` as it was at ${line(snapshot, 60)}`}.`
            : `A linked clone of ${whose(source)}, which it needs from now on.`,
          ...(flag(config.template) && full && args.full === undefined && storage === undefined
            ? ['Its storage can make no linked clones.']
            : []),
          ...(same === undefined ? [] : [sameSentence(same, source, start)]),
        ],
      },
      context,
    );
  },
});

function onOfflineNode(source: Guest): Failure {
  return new Failure(
    'node_unreachable',
    `${whose(source)} stands on ${source.node}, which is not online.`,
    'Bring the node back, clone another guest, or restore a backup of it with restore_backup.',
  );
}

function sameSentence(address: string, source: Guest, start: boolean): string {
  const both = `It has the same fixed address as ${whose(source)}: ${address}.`;
  return start ? `${both} Change that soon.` : `${both} So it was not started: change ip first.`;
}
