import * as z from 'zod';
import {
  nodeDisks,
  nodeThinPools,
  nodeVolumeGroups,
  nodeZpools,
  smartFacts,
  zpoolStatus,
} from '../../pve/disks.ts';
import { Sight } from '../../pve/sight.ts';
import { fence, line } from '../../render/untrusted.ts';
import { words } from '../arguments.ts';
import { andMore, detail, firstOf, within } from '../detail.ts';
import { bySeverity, countText, findingData, findingShape, findingText, many } from '../findings.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { diskFindings, isFailing, type NodeDisks } from './disk-findings.ts';
import { diskRows, diskTable, groupRows, groupTable, poolRows, poolTable } from './disk-tables.ts';
import { reportedNodes } from './reported-nodes.ts';

const SHOWN = 20;
const text = z.string();
const amount = z.number();

export const diskReport = defineTool({
  name: 'disk_report',
  title: 'Disks',
  toolset: 'reports',
  effect: 'read',
  needs: ['GET /nodes/{node}/disks/list'],
  description: 'Disk health: SMART, wear, ZFS pools, LVM, thin metadata.',
  input: z.strictObject({ node: words('node').optional(), detail: detail() }),
  output: z.object({
    findings: z.array(findingShape),
    disks: z
      .array(
        z.object({
          ...{ node: text, devpath: text, type: text, model: text.optional(), size: amount.optional() },
          ...{ used: text.optional(), health: text.optional(), wearout: amount.optional() },
        }),
      )
      .describe('bytes; wearout: % of life left'),
    pools: z.array(
      z.object({
        ...{ node: text, pool: text, kind: z.enum(['zfs', 'thin']), health: text.optional(), size: amount },
        ...{ used: amount, frag: amount.optional(), scan: text.optional(), errors: text.optional() },
        ...{ metadataSize: amount.optional(), metadataUsed: amount.optional() },
      }),
    ),
    groups: z.array(z.object({ node: text, vg: text, size: amount, free: amount })),
    unseen: z.array(z.string()),
  }),
  example: {},
  async run({ node, detail: wanted }, context) {
    const sight = new Sight();
    const nodes = await reportedNodes(node, 'disks', sight, context);
    const seen = await Promise.all(nodes.map((name) => readDisks(name, sight, context)));
    const now = context.clock.now() / 1000;
    const findings = bySeverity(seen.flatMap((one) => diskFindings(one, now)));
    const unseen = sight.unseen.map((reason) => line(reason));
    const [disks, pools, groups] = [diskRows(seen), poolRows(seen), groupRows(seen)];
    const shown = firstOf(findings, SHOWN, wanted);
    const rows = firstOf(disks, SHOWN, wanted);
    const poolsShown = firstOf(pools, SHOWN, wanted);
    const groupsShown = firstOf(groups, SHOWN, wanted);
    const parts = [
      `${many(disks, 'disk')} and ${many(pools, 'pool')} on ${many(seen, 'node')}: ${countText(findings)}`,
      ...shown.shown.map(findingText),
      andMore(shown.more, wanted),
      ...unseen.map((reason) => `Not seen: ${reason}`),
      poolsShown.shown.length > 0 && fence('Proxmox', poolTable(poolsShown.shown)),
      andMore(poolsShown.more, wanted),
      rows.shown.length > 0 && fence('Proxmox', diskTable(rows.shown)),
      andMore(rows.more, wanted),
      groupsShown.shown.length > 0 && fence('Proxmox', groupTable(groupsShown.shown)),
      andMore(groupsShown.more, wanted),
    ];
    return within(wanted, parts, {
      ...{ findings: findings.map(findingData), disks, pools, groups, unseen },
    });
  },
});

/** All of one node, side by side; SMART's details only of what fails. */
async function readDisks(node: string, sight: Sight, { pve, signal }: ToolContext): Promise<NodeDisks> {
  const { api } = pve;
  const options = { signal };
  const [{ disks, smart }, pools, groups, thin] = await Promise.all([
    readSmart(),
    readPools(),
    sight.of(`LVM of ${node}`, nodeVolumeGroups(api, node, options)),
    sight.of(`thin pools of ${node}`, nodeThinPools(api, node, options)),
  ]);
  return { node, disks, smart, pools, groups, thin };

  async function readSmart() {
    const disks = await sight.of(`disks of ${node}`, nodeDisks(api, node, options));
    const failing = (disks ?? []).filter(isFailing);
    const facts = await Promise.all(
      failing.map(async ({ devpath }) => {
        const found = await sight.of(
          `SMART of ${devpath} on ${node}`,
          smartFacts(api, node, devpath, options),
        );
        return [devpath, found ?? []] as const;
      }),
    );
    return { disks, smart: new Map(facts) };
  }

  async function readPools() {
    const pools = await sight.of(`ZFS of ${node}`, nodeZpools(api, node, options));
    if (pools === undefined) return undefined;
    return Promise.all(
      pools.map(async (pool) => ({
        ...pool,
        detail: await sight.of(`pool ${pool.name} of ${node}`, zpoolStatus(api, node, pool.name, options)),
      })),
    );
  }
}
