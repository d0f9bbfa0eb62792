import * as z from 'zod';
import { disksOf, hasAgent, nicsOf } from '../../pve/guest-config.ts';
import { number } from '../../pve/read.ts';
import { clean, line } from '../../render/untrusted.ts';
import { guest } from '../arguments.ts';
import { detail, within } from '../detail.ts';
import { defineTool } from '../tool.ts';
import { guestParts } from './guest-report.ts';
import { seeGuest } from './guest-sight.ts';

export const getGuest = defineTool({
  name: 'get_guest',
  title: 'Get guest',
  toolset: 'guests',
  core: true,
  effect: 'read',
  needs: ['GET /cluster/resources'],
  description:
    'One VM or container: state, usage, config, IP addresses, snapshots, pending changes, lock, HA, last backup, recent tasks, notes.',
  input: z.strictObject({ guest: guest(), detail: detail() }),
  output: z.object({
    vmid: z.number(),
    name: z.string().optional(),
    type: z.string(),
    node: z.string(),
    status: z.string(),
    lock: z.string().optional(),
    ha: z.string().optional(),
    template: z.boolean(),
    uptime: z.number().optional().describe('s'),
    cpu: z.number().optional().describe('fraction of cores'),
    cores: z.number().optional(),
    mem: z.number().optional().describe('bytes'),
    maxmem: z.number().optional(),
    tags: z.array(z.string()),
    pool: z.string().optional(),
    agent: z.boolean().optional(),
    disks: z.array(z.object({ key: z.string(), volume: z.string(), size: z.string().optional() })),
    nics: z.array(
      z.object({
        key: z.string(),
        bridge: z.string().optional(),
        tag: z.number().optional(),
        mac: z.string().optional(),
      }),
    ),
    addresses: z.array(z.object({ nic: z.string(), ip: z.string() })),
    addressesFrom: z.enum(['guest', 'config']),
    snapshots: z.array(z.object({ name: z.string(), time: z.number().describe('s since 1970') })),
    lastBackup: z
      .object({ storage: z.string(), volid: z.string(), time: z.number(), size: z.number().optional() })
      .optional(),
    backups: z.number(),
    pending: z.array(z.string()),
    tasks: z.array(z.object({ upid: z.string(), state: z.string(), error: z.string().optional() })),
    config: z.record(z.string(), z.string()).optional(),
    unseen: z.array(z.string()),
  }),
  example: { guest: '100' },
  async run({ guest: name, detail: wanted }, context) {
    const seen = await seeGuest(name, context);
    const { config = new Map<string, string>(), status = {}, backups, addresses } = seen;
    const it = seen.guest;
    const known = {
      cpu: number(status.cpu),
      cores: number(status.cpus) ?? it.maxcpu,
      mem: number(status.mem),
      maxmem: number(status.maxmem) ?? it.maxmem,
      uptime: number(status.uptime),
    };
    const figures = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
    const parts = guestParts(seen, wanted, Math.floor(context.clock.now() / 1000));
    const last = backups.last;
    return within(wanted, parts, {
      ...{ vmid: it.vmid, type: it.type, node: it.node, status: line(String(status.status ?? it.status)) },
      ...(it.name !== undefined && { name: line(it.name) }),
      ...(it.lock !== undefined && { lock: line(it.lock) }),
      ...(seen.ha !== undefined && { ha: line(seen.ha) }),
      template: it.template === true,
      ...figures,
      tags: (it.tags ?? []).map((tag) => line(tag)),
      ...(it.pool !== undefined && { pool: line(it.pool) }),
      ...(it.type === 'qemu' && seen.config && { agent: hasAgent(config) }),
      disks: disksOf(config).map(({ key, volume, size }) => ({
        ...{ key, volume: clean(volume) },
        ...(size !== undefined && { size: line(size) }),
      })),
      nics: nicsOf(config).map(({ key, bridge, tag, mac }) => ({
        key,
        ...(bridge !== undefined && { bridge: line(bridge) }),
        ...(tag !== undefined && { tag }),
        ...(mac !== undefined && { mac: line(mac) }),
      })),
      addresses: addresses.addresses.map(({ nic, ip }) => ({ nic: line(nic), ip: line(ip) })),
      addressesFrom: addresses.from,
      snapshots: (seen.snapshots ?? []).map(({ name: called, time }) => ({ name: line(called), time })),
      ...(last && {
        lastBackup: {
          ...{ storage: last.storage, volid: clean(last.volid), time: last.time },
          ...(last.size !== undefined && { size: last.size }),
        },
      }),
      backups: backups.count,
      pending: seen.pending.map(({ key }) => line(key)),
      tasks: seen.tasks.map(({ upid, state, exitstatus }) => ({
        ...{ upid: clean(upid), state },
        ...(state === 'failed' && { error: line(exitstatus ?? '') }),
      })),
      ...(wanted === 'full' && {
        config: Object.fromEntries([...config].map(([key, value]) => [clean(key), clean(value)])),
      }),
      unseen: seen.unseen.map((text) => line(text)),
    });
  },
});
