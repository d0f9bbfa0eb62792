import type { Client } from '@modelcontextprotocol/client';

/** One thing the demo's client does. */
export interface Step {
  /** What this and the next steps are about. */
  about?: string;
  title: string;
  /** What the answer must match. */
  expect: RegExp;
  /** Returns the answer as a person reads it; `say` prints what comes before it (progress, questions). */
  run(client: Client, say: (line: string) => void): Promise<string>;
}

/** Lets the person at the machine approve a plan, as `proxmox-mcp approve <id>` does. */
export type ApproveCommand = (id: string) => Promise<string>;

/**
 * The first visit: three stories that people ask about, each in a call or two; then a guest is started and, by force,
 * stopped, which the client's own dialogue must approve.
 */
export function firstVisit(): Step[] {
  return [
    { title: 'tools/list', expect: /list_nodes/, run: listTools },
    call('list_nodes', {}, /pve1/),
    story('What needs my attention?', call('cluster_health', {}, /critical/i)),
    story("Why did last night's backup fail, and who has none?", [
      call('get_task', { type: 'backup', failed: true }, /No space left/),
      call('backup_report', {}, /never|no backup/i),
    ]),
    story('Why is mail slow?', call('explain_slow', { guest: 'mail' }, /A storage of its disks is full/)),
    story('A guest is started, looked at, and stopped by force: a person must approve that.', [
      call('power_guest', { guests: '106', action: 'start' }, /start OK/),
      call('get_guest', { guest: '106' }, /running/),
      call('stop_guest', { guest: '106' }, /stop/),
    ]),
  ].flat();
}

/**
 * The second visit, by a client that can't ask its user: any method is found, read up on and tried dry; a snapshot is made
 * and deleted, which a person must approve at the machine; then a mistake.
 */
export function secondVisit(approve: ApproveCommand): Step[] {
  const path = '/nodes/pve2/qemu/106';
  const remove = { guests: '203', snapshot: 'before' };
  let id = '';
  return [
    story('What no tool was made for goes through the API itself.', [
      call('api_search', { query: 'cut the power of a VM' }, /status\/stop/),
      call('api_describe', { path: `${path}/status/stop`, method: 'POST' }, /danger/),
      call('proxmox_api_call', { path: `${path}/status/stop`, method: 'POST', dry_run: true }, /approv/),
    ]),
    story('A snapshot is made, and deleted when a person has approved it at the machine.', [
      call('snapshot_guest', { guests: '203', action: 'create', snapshot: 'before' }, /before/),
      {
        ...call('delete_snapshot', remove, /A person must approve plan \w+/),
        async run(client, say) {
          const answer = await call('delete_snapshot', remove, /./).run(client, say);
          id = /plan (\w+)/.exec(answer)?.[1] ?? '';
          return answer;
        },
      },
      { title: 'and the person types: proxmox-mcp approve …', expect: /Approved/, run: () => approve(id) },
      call('delete_snapshot', remove, /deleted|gone|before/),
    ]),
    story('A mistake is answered with what would be right.', [
      call('proxmox_api_call', { path: '/nodes/pve3/lxc/203/config', data: { curent: 1 } }, /current/),
    ]),
  ].flat();
}

/** These steps with what they are about said before the first. */
function story(about: string, steps: Step | readonly Step[]): Step[] {
  return [steps].flat().map((step, index) => (index === 0 ? { ...step, about } : step));
}

async function listTools(client: Client): Promise<string> {
  const { tools } = await client.listTools();
  return tools.map((tool) => `${tool.name}: ${tool.description}`).join('\n');
}

function call(name: string, args: Record<string, unknown>, expect: RegExp): Step {
  return {
    title: `${name} ${JSON.stringify(args)}`,
    expect,
    async run(client, say) {
      let last = '';
      const onprogress = ({ message = '' }: { message?: string | undefined }) => {
        if (message !== last) say(`  … ${message}`);
        last = message;
      };
      const result = await client.callTool({ name, arguments: args }, { onprogress });
      const [first] = result.content as { type: string; text: string }[];
      return first?.text ?? '(nothing)';
    },
  };
}
