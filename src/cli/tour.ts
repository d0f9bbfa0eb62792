import type { Client } from '@modelcontextprotocol/client';

/** One thing the demo's client does. */
export interface Step {
  title: string;
  /** What the answer must match. */
  expect: RegExp;
  /** Returns the answer as a person reads it; `say` prints what comes before it (progress, questions). */
  run(client: Client, say: (line: string) => void): Promise<string>;
}

/** Lets the person at the machine approve a plan, as `proxmox-mcp approve <id>` does. */
export type ApproveCommand = (id: string) => Promise<string>;

/**
 * The first visit: look at the tools and at the cluster; find a method, read what it needs, try it dry; start a guest and
 * wait for it; stop it by force, which the client's own dialogue must approve.
 */
export function firstVisit(): Step[] {
  const path = '/nodes/pve2/qemu/106';
  return [
    { title: 'tools/list', expect: /list_nodes/, run: listTools },
    call('list_nodes', {}, /pve1/),
    call('get_cluster_resources', { type: 'guest', limit: 20 }, /\b106\b/),
    call('proxmox_api_call', { path: `${path}/status/start`, method: 'POST' }, /OK/),
    call('api_search', { query: 'cut the power of a VM' }, /status\/stop/),
    call('api_describe', { path: `${path}/status/stop`, method: 'POST' }, /danger/),
    call('proxmox_api_call', { path: `${path}/status/stop`, method: 'POST', dry_run: true }, /approv/),
    call('proxmox_api_call', { path: `${path}/status/stop`, method: 'POST' }, /OK/),
  ];
}

/**
 * The second visit, by a client that can't ask its user: a snapshot is made and deleted, which a person must approve at
 * the machine; then a mistake.
 */
export function secondVisit(approve: ApproveCommand): Step[] {
  const path = '/nodes/pve3/lxc/203';
  const remove = { path: `${path}/snapshot/before`, method: 'DELETE' };
  let id = '';
  return [
    call('list_nodes', {}, /pve1/),
    call('proxmox_api_call', { path: `${path}/status/start`, method: 'POST' }, /OK/),
    call(
      'proxmox_api_call',
      { path: `${path}/snapshot`, method: 'POST', data: { snapname: 'before' } },
      /OK/,
    ),
    {
      ...call('proxmox_api_call', remove, /A person must approve plan \w+/),
      async run(client, say) {
        const answer = await call('proxmox_api_call', remove, /./).run(client, say);
        id = /plan (\w+)/.exec(answer)?.[1] ?? '';
        return answer;
      },
    },
    { title: 'and the person types: proxmox-mcp approve …', expect: /Approved/, run: () => approve(id) },
    call('proxmox_api_call', remove, /OK/),
    call('proxmox_api_call', { path: `${path}/config`, data: { curent: 1 } }, /current/),
  ];
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
