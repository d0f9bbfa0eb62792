import * as z from 'zod';
import { nodeRepositories, nodeVersions, pendingUpdates, subscriptionStatus } from '../../pve/packages.ts';
import { Sight } from '../../pve/sight.ts';
import { nodeTasks } from '../../pve/task-lists.ts';
import { table } from '../../render/table.ts';
import { duration } from '../../render/units.ts';
import { fence, line } from '../../render/untrusted.ts';
import { words } from '../arguments.ts';
import { andMore, detail, firstOf, within } from '../detail.ts';
import { bySeverity, countText, findingData, findingShape, findingText, many } from '../findings.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { reportedNodes } from './reported-nodes.ts';
import {
  differences,
  kindOf,
  type NodeSoftware,
  needsReboot,
  nodeFindings,
  type Refreshes,
  waiting,
} from './update-findings.ts';

const SHOWN = 20;
const text = z.string();

export const updatesReport = defineTool({
  name: 'updates_report',
  title: 'Updates',
  toolset: 'reports',
  effect: 'read',
  needs: ['GET /nodes/{node}/apt/versions'],
  description:
    'Updates: packages pending on nodes, reboots needed, versions that differ, repositories and subscription.',
  input: z.strictObject({ node: words('node').optional(), detail: detail() }),
  output: z.object({
    findings: z.array(findingShape),
    nodes: z.array(
      z.object({
        node: text,
        updates: z.number().optional(),
        complete: z.boolean().describe('false: only packages of Proxmox could be seen'),
        packages: z.array(z.object({ name: text, from: text.optional(), to: text.optional(), kind: text })),
        reboot: z.boolean().optional(),
        kernel: text.optional(),
        refreshed: z.number().optional().describe('s since 1970'),
        subscription: text.optional(),
      }),
    ),
    differ: z.array(
      z.object({ package: text, versions: z.array(z.object({ version: text, nodes: z.array(text) })) }),
    ),
    unseen: z.array(text),
  }),
  example: {},
  async run({ node, detail: wanted }, context) {
    const sight = new Sight();
    const names = await reportedNodes(node, 'packages', sight, context);
    const seen = await Promise.all(names.map((name) => readSoftware(name, sight, context)));
    const now = context.clock.now() / 1000;
    const findings = bySeverity(seen.flatMap((one) => nodeFindings(one, now)));
    const differ = differences(seen);
    const unseen = sight.unseen.map((reason) => line(reason));
    const shown = firstOf(findings, SHOWN, wanted);
    const rows = firstOf(seen, SHOWN, wanted);
    const reboots = seen.filter(needsReboot);
    const parts = [
      `${many(seen, 'node')}, ${headline(seen)}, ${reboots.length} to be rebooted: ${countText(findings)}`,
      ...shown.shown.map(findingText),
      andMore(shown.more, wanted),
      ...differ.map((one) => line(`DIFFERS ${one.package}: ${one.versions.map(versionText).join('; ')}`)),
      ...unseen.map((reason) => `Not seen: ${reason}`),
      rows.shown.length > 0 && fence('Proxmox', softwareTable(rows.shown, now)),
      andMore(rows.more, wanted),
    ];
    return within(wanted, parts, {
      ...{ findings: findings.map(findingData), nodes: seen.map(asData), unseen },
      differ: differ.map(({ package: name, versions }) => ({
        package: line(name),
        versions: versions.map(({ version, nodes }) => ({ version: line(version), nodes })),
      })),
    });
  },
});

/** `3 updates wait`; at least so many where not every node could be asked for all. */
function headline(seen: readonly NodeSoftware[]): string {
  const lists = seen.map(waiting);
  const count = lists.reduce((sum, { packages }) => sum + packages.length, 0);
  const wait = count === 1 ? '1 update waits' : `${count} updates wait`;
  return lists.every(({ all }) => all) ? wait : `at least ${wait}`;
}

function versionText({ version, nodes }: { version: string; nodes: readonly string[] }): string {
  const some = nodes.slice(0, 4).join(', ');
  return `${version} on ${some}${nodes.length > 4 ? ` and ${nodes.length - 4} more` : ''}`;
}

function softwareTable(seen: readonly NodeSoftware[], now: number): string {
  const manager = ({ versions }: NodeSoftware) =>
    versions?.packages.find(({ name }) => name === 'pve-manager')?.installed;
  return table(
    [
      { head: 'NODE', cell: ({ node }) => node },
      { head: 'PVE', cell: manager },
      { head: 'KERNEL', cell: ({ versions }) => versions?.runningKernel },
      { head: 'REBOOT', cell: (one) => rebootText(one) },
      { head: 'UPDATES', cell: (one) => updatesText(one) },
      {
        head: 'LISTS REFRESHED',
        cell: ({ refreshes }) =>
          refreshes?.good === undefined ? 'unknown' : `${duration(now - refreshes.good)} ago`,
      },
      { head: 'REPOSITORIES', cell: ({ repositories }) => repositories?.enabled.join(', ') },
      { head: 'SUBSCRIPTION', cell: ({ subscription }) => subscription },
    ],
    seen,
  );
}

function rebootText(one: NodeSoftware): string {
  const needed = needsReboot(one);
  if (needed) return `for ${needed.installed}`;
  return one.versions?.runningKernel === undefined ? 'unknown' : 'no';
}

function updatesText(one: NodeSoftware): string {
  const { packages, all } = waiting(one);
  if (all) return String(packages.length);
  return one.versions === undefined ? 'unknown' : `at least ${packages.length}`;
}

function asData(one: NodeSoftware) {
  const { node, versions, refreshes, subscription } = one;
  const { packages, all } = waiting(one);
  const kernel = versions?.runningKernel;
  return {
    ...{ node: line(node), complete: all },
    ...((all || versions !== undefined) && { updates: packages.length }),
    packages: packages.map((each) => ({
      ...{ name: line(each.name), kind: kindOf(each) },
      ...(each.installed !== undefined && { from: line(each.installed) }),
      ...(each.candidate !== undefined && { to: line(each.candidate) }),
    })),
    ...(kernel !== undefined && { kernel: line(kernel), reboot: needsReboot(one) !== undefined }),
    ...(refreshes?.good !== undefined && { refreshed: refreshes.good }),
    ...(subscription !== undefined && { subscription: line(subscription) }),
  };
}

/** All of one node, side by side. */
async function readSoftware(node: string, sight: Sight, { pve, signal }: ToolContext): Promise<NodeSoftware> {
  const { api } = pve;
  const options = { signal };
  const [versions, pending, repositories, subscription, refreshes] = await Promise.all([
    sight.of(`versions of ${node}`, nodeVersions(api, node, options)),
    sight.of(`updates of ${node}`, pendingUpdates(api, node, options)),
    sight.of(`repositories of ${node}`, nodeRepositories(api, node, options)),
    sight.of(`subscription of ${node}`, subscriptionStatus(api, node, options)),
    sight.of(`refreshes of ${node}`, readRefreshes()),
  ]);
  return { node, versions, pending, repositories, subscription, refreshes };

  /** Proxmox tells no age of the lists, but each refresh, also its own daily one, is a task. */
  async function readRefreshes(): Promise<Refreshes> {
    const query = { source: 'all', type: 'aptupdate', limit: 30 } as const;
    const ended = (await nodeTasks(api, node, query, options)).tasks.filter(
      ({ state }) => state !== 'running',
    );
    const good = ended.find(({ state }) => state !== 'failed');
    const [last] = ended;
    return {
      ...(good && { good: good.endtime ?? good.starttime }),
      ...(last?.state === 'failed' && {
        failed: { at: last.endtime ?? last.starttime, error: last.exitstatus ?? 'failed' },
      }),
    };
  }
}
