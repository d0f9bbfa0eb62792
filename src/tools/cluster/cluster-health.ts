import * as z from 'zod';
import { nodeThinPools, nodeZpools } from '../../pve/disks.ts';
import { Sight } from '../../pve/sight.ts';
import { nodeTasks, recentTasks } from '../../pve/task-lists.ts';
import {
  cephHealth,
  clusterQuorum,
  haStatus,
  hasReplication,
  nodeCertificates,
  nodeClock,
  nodeReplication,
  nodeServices,
  nodeStatus,
  notBackedUp,
} from '../../pve/vitals.ts';
import { line } from '../../render/untrusted.ts';
import { andMore, detail, firstOf, within } from '../detail.ts';
import { bySeverity, countText, findingData, findingShape, findingText, many } from '../findings.ts';
import { moment, timeWindow } from '../time-window.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { type ClusterFacts, clusterFindings } from './health-findings.ts';
import {
  clockFindings,
  type NodeFacts,
  nodeFindings,
  onlineNodes,
  taskFindings,
  versionFindings,
} from './node-findings.ts';

const SHOWN = 20;
/** Of how many failed tasks of a node we hear. */
const TASKS = 200;

export const clusterHealth = defineTool({
  name: 'cluster_health',
  title: 'Health',
  toolset: 'cluster',
  effect: 'read',
  needs: ['GET /cluster/resources'],
  description:
    'Cluster health check: quorum, nodes, HA, Ceph, ZFS, storage fill, services, failed tasks, backups, certificates: what is wrong and what to do.',
  input: z.strictObject({
    since: moment('since').optional().describe('of tasks: 24h'),
    detail: detail(),
  }),
  output: z.object({
    findings: z.array(findingShape),
    checked: z.array(z.string()),
    unseen: z.array(z.string()),
  }),
  example: {},
  async run({ since: asked, detail: wanted }, context) {
    const now = context.clock.now() / 1000;
    const { since } = timeWindow({ since: asked }, '24h', context.clock.now());
    const sight = new Sight();
    const resources = await context.pve.resources.list(undefined, { signal: context.signal });
    const names = onlineNodes(resources);
    for (const { type, node = '?' } of resources) {
      if (type === 'node' && !names.includes(node)) sight.missed(`node ${node}`, 'it is offline');
    }
    const [facts, nodes] = await Promise.all([
      readCluster(sight, context),
      readNodes(names, since, sight, context),
    ]);
    const clustered = facts.quorum !== 'alone';
    const findings = bySeverity([
      ...clusterFindings({ ...facts, resources }),
      ...nodes.flatMap((one) => nodeFindings(withoutCopies(one, names), now, clustered)),
      ...taskFindings(nodes, now),
      ...clockFindings(nodes),
      ...versionFindings(nodes),
    ]);
    const checked = checkedOf(facts, nodes, context.clock.now() / 1000 - since);
    const unseen = sight.unseen.map((reason) => line(reason));
    const shown = firstOf(findings, SHOWN, wanted);
    const total = resources.filter(({ type }) => type === 'node').length;
    const online = names.length === total ? many(names, 'node') : `${names.length} of ${total} nodes`;
    const well = findings.some(({ severity }) => severity !== 'note') ? '' : 'All is well: ';
    const looked = `Checked: ${checked.join(', ')}`;
    const headline = `${well}${online} online, ${countText(findings)}`;
    const parts = [
      findings.length === 0 ? `${headline}. ${looked}` : headline,
      ...shown.shown.map(findingText),
      andMore(shown.more, wanted),
      ...unseen.map((reason) => `Not seen: ${reason}`),
      findings.length > 0 && looked,
    ];
    return within(wanted, parts, { findings: findings.map(findingData), checked, unseen });
  },
});

/** What was looked at: a thing that could not be seen anywhere is not in it. */
function checkedOf(
  facts: Omit<ClusterFacts, 'resources'>,
  nodes: readonly NodeFacts[],
  span: number,
): string[] {
  const some = (key: keyof NodeFacts) => nodes.some((one) => one[key] !== undefined);
  const hours = Math.round(span / 3600);
  const all: [boolean, string][] = [
    [facts.quorum !== undefined, facts.quorum === 'alone' ? 'quorum (no cluster)' : 'quorum'],
    [facts.ha !== undefined, 'HA'],
    [facts.ceph !== undefined, facts.ceph === 'none' ? 'Ceph (not installed)' : 'Ceph'],
    [true, 'storage'],
    [facts.tasks !== undefined, 'locks'],
    [facts.uncovered !== undefined, 'backup jobs'],
    [some('status'), 'load, memory and root disks'],
    [some('pools'), 'ZFS'],
    [some('thin'), 'thin pools'],
    [some('services'), 'services'],
    [some('certificates'), 'certificates'],
    [some('failed'), `failed tasks of ${hours} h`],
    [some('replication'), 'replication'],
    [some('clock'), 'clocks'],
  ];
  return all.flatMap(([seen, what]) => (seen ? [what] : []));
}

/** Every node shows the authority of the cluster: it is one, and told of once. */
function withoutCopies(seen: NodeFacts, names: readonly string[]): NodeFacts {
  if (seen.node === names[0]) return seen;
  return {
    ...seen,
    certificates: seen.certificates?.filter(({ filename }) => filename !== 'pve-root-ca.pem'),
  };
}

async function readCluster(
  sight: Sight,
  { pve: { api }, signal }: ToolContext,
): Promise<Omit<ClusterFacts, 'resources'>> {
  const options = { signal };
  const [quorum, ha, ceph, tasks, uncovered] = await Promise.all([
    sight.of(
      'quorum',
      clusterQuorum(api, options).then((found) => found ?? ('alone' as const)),
    ),
    sight.of('HA', haStatus(api, options)),
    sight.of(
      'Ceph',
      cephHealth(api, options).then((found) => found ?? ('none' as const)),
    ),
    sight.of('running tasks', recentTasks(api, options)),
    sight.of('backup jobs', notBackedUp(api, options)),
  ]);
  return { quorum, ha, ceph, tasks, uncovered };
}

/** All of every node, side by side. */
async function readNodes(
  names: readonly string[],
  since: number,
  sight: Sight,
  { pve: { api }, clock, signal }: ToolContext,
): Promise<NodeFacts[]> {
  const options = { signal };
  const replicated = sight.of('replication', hasReplication(api, options));
  const query = { source: 'all', state: 'failed', since, limit: TASKS } as const;
  return Promise.all(
    names.map(async (node): Promise<NodeFacts> => {
      const [status, services, certificates, tasks, pools, thin, time, replication] = await Promise.all([
        sight.of(`status of ${node}`, nodeStatus(api, node, options)),
        sight.of(`services of ${node}`, nodeServices(api, node, options)),
        sight.of(`certificates of ${node}`, nodeCertificates(api, node, options)),
        sight.of(`tasks of ${node}`, nodeTasks(api, node, query, options)),
        sight.of(`ZFS of ${node}`, nodeZpools(api, node, options)),
        sight.of(`thin pools of ${node}`, nodeThinPools(api, node, options)),
        sight.of(`clock of ${node}`, nodeClock(api, node, clock, options)),
        // Most clusters have no job, and need not be asked for each node.
        replicated.then((any) =>
          any
            ? sight.of(`replication of ${node}`, nodeReplication(api, node, options))
            : any === false
              ? []
              : undefined,
        ),
      ]);
      const failed = tasks?.tasks.filter(({ state }) => state === 'failed');
      return { node, status, services, certificates, failed, pools, thin, replication, clock: time };
    }),
  );
}
