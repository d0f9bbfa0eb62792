/** What an argument of a prompt names: its completion goes by it. */
type ArgumentKind = 'guest' | 'node' | 'storage';

/** What somebody filled in. */
export type Filled = Readonly<Partial<Record<ArgumentKind, string>>>;

/** One thing for the model to do. */
export interface Step {
  /** The tools it names. Where one of them is not offered, the step falls away, and with a `must` the whole prompt. */
  tools: readonly string[];
  must?: true;
  /** A few words with the tool first; nothing where the step is of no use with these arguments. */
  say(filled: Filled): string | undefined;
}

/** A job that people bring, told to a model. Its arguments have the names of what they stand for. */
export interface Prompt {
  name: string;
  title: string;
  description: string;
  arguments: readonly { name: ArgumentKind; description: string; required?: true }[];
  /** The question as a person puts it. */
  ask(filled: Filled): string;
  steps: readonly Step[];
  /** What the answer should have. */
  answer: string;
}

/** The jobs that people bring most often, by name. */
export const prompts: readonly Prompt[] = [
  {
    name: 'backup_failed',
    title: 'Why did the last backup fail?',
    description: 'Finds the last failed backup, its reason, and which guests have no good backup now.',
    arguments: [{ name: 'guest', description: 'Only the backup of this guest: VMID or name' }],
    ask: ({ guest }) => `Why did the last backup${guest ? ` of guest ${guest}` : ''} fail?`,
    steps: [
      {
        tools: ['get_task'],
        must: true,
        say: ({ guest }) =>
          `get_task with type=backup, failed=true${guest ? `, guest=${guest}` : ''}: the reason and the end of the log.`,
      },
      {
        tools: ['backup_report'],
        say: ({ guest }) =>
          `backup_report${guest ? ` with guests=${guest}` : ''}: what has no good backup now, and what keeps failing.`,
      },
      {
        tools: ['cluster_health'],
        say: () =>
          'cluster_health, if the reason lies outside the guest: a full storage, a node or a network that is away.',
      },
    ],
    answer:
      'Answer with the reason in one sentence, the line of the log that shows it, what to do about it, and which guests are without ' +
      'a good backup until then.',
  },
  {
    name: 'guest_slow',
    title: 'Why is this guest slow?',
    description: 'Ranks the causes for a slow VM or container: its own load, its node, its neighbours.',
    arguments: [{ name: 'guest', description: 'VMID or name', required: true }],
    ask: ({ guest }) => `Why is guest ${guest} slow?`,
    steps: [
      {
        tools: ['explain_slow'],
        must: true,
        say: ({ guest }) => `explain_slow with guest=${guest}: causes, likeliest first.`,
      },
      {
        tools: ['get_metrics'],
        say: ({ guest }) => `get_metrics with guest=${guest}: whether it is so since now or since long.`,
      },
      {
        tools: ['top_consumers'],
        say: () => 'top_consumers, if the node or its storage is what is busy: who keeps it busy.',
      },
    ],
    answer:
      'Answer with the likeliest cause and the figures that show it, what speaks against it, and the smallest change that would help.',
  },
  {
    name: 'needs_attention',
    title: 'What needs attention today?',
    description: 'Goes through health, failed tasks, backups and updates, and sorts what is found.',
    arguments: [{ name: 'node', description: 'Only this node' }],
    ask: ({ node }) => `What needs attention${node ? ` on node ${node}` : ''} today?`,
    steps: [
      {
        tools: ['cluster_health'],
        must: true,
        say: ({ node }) =>
          `cluster_health: what is wrong in the cluster${node ? `; keep what concerns ${node}` : ''}.`,
      },
      {
        tools: ['backup_report'],
        say: ({ node }) => (node ? undefined : 'backup_report: guests without a good backup.'),
      },
      {
        tools: ['list_tasks'],
        say: ({ node }) => `list_tasks with state=failed, since=24h${node ? `, node=${node}` : ''}.`,
      },
      {
        tools: ['disk_report'],
        say: ({ node }) => (node ? `disk_report with node=${node}: disks that wear out or fail.` : undefined),
      },
      {
        tools: ['updates_report'],
        say: ({ node }) => `updates_report${node ? ` with node=${node}` : ''}: security updates and reboots.`,
      },
    ],
    answer:
      'Answer with at most seven points, the most urgent first: what it is, why it matters, what to do. Say what could not be seen. ' +
      'If all is well, say so in one line.',
  },
  {
    name: 'upgrade_guest',
    title: 'Prepare the upgrade of a guest',
    description:
      'Looks at a guest, takes a snapshot before an upgrade, and afterwards keeps it or goes back.',
    arguments: [{ name: 'guest', description: 'VMID or name', required: true }],
    ask: ({ guest }) =>
      `I want to upgrade the system inside guest ${guest}. Prepare it, so that I can go back.`,
    steps: [
      {
        tools: ['get_guest'],
        must: true,
        say: ({ guest }) =>
          `get_guest with guest=${guest}: whether it runs, is locked, has snapshots already, and when its last backup was. Stop here and say so if anything speaks against it.`,
      },
      {
        tools: ['snapshot_guest'],
        must: true,
        say: ({ guest }) => `snapshot_guest with guests=${guest}, action=create, snapshot=before_upgrade.`,
      },
      {
        tools: [],
        say: () =>
          'Tell me that the snapshot is there, and wait until I say how the upgrade went. Do not upgrade anything yourself.',
      },
      {
        tools: ['delete_snapshot'],
        say: ({ guest }) =>
          `If it went well and I say so: delete_snapshot with guests=${guest}, snapshot=before_upgrade. Snapshots grow.`,
      },
      {
        tools: ['rollback_guest'],
        say: ({ guest }) =>
          `If it went wrong and I say so: rollback_guest with guest=${guest}, snapshot=before_upgrade, preview=true first. What was written since is lost.`,
      },
    ],
    answer:
      'If a snapshot is not possible, say why and what else would do (a backup), and do nothing in its place unasked.',
  },
  {
    name: 'evacuate_node',
    title: 'Evacuate a node for maintenance',
    description: 'Plans who goes where, moves the guests of a node away once you agree, and checks the node.',
    arguments: [
      { name: 'node', description: 'The node to empty', required: true },
      { name: 'storage', description: 'Where local disks go, on the nodes that take the guests' },
    ],
    ask: ({ node }) => `Node ${node} needs maintenance. Move its guests away.`,
    steps: [
      {
        tools: ['cluster_health'],
        say: () =>
          'cluster_health: with a node away or without quorum, stop and say so before anything is moved.',
      },
      {
        tools: ['migrate_guest'],
        must: true,
        say: ({ node, storage }) =>
          `migrate_guest with evacuate=${node}, preview=true${storage ? `, storage=${storage}` : ''}: who would go where, and what can't.`,
      },
      {
        tools: [],
        say: () => 'Show me the plan, with what would be interrupted, and wait for my yes.',
      },
      {
        tools: ['migrate_guest'],
        say: ({ node, storage }) =>
          `migrate_guest with evacuate=${node}${storage ? `, storage=${storage}` : ''}. Out of time is no failure: follow the task it names, then call it again.`,
      },
      {
        tools: ['get_cluster_resources'],
        say: ({ node }) =>
          `get_cluster_resources with type=vm, node=${node}, status=running: nothing should run there any more.`,
      },
    ],
    answer:
      'Answer with who is where now, what stayed and why, and that the node can be worked on, or not yet.',
  },
];
