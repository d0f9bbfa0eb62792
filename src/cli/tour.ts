import type { Client } from '@modelcontextprotocol/client';

/** One thing the demo's client does. */
export interface Step {
  title: string;
  /** What the answer must match. */
  expect: RegExp;
  /** Returns the answer as a person reads it; `say` prints what comes before it (progress). */
  run(client: Client, say: (line: string) => void): Promise<string>;
}

/** Stopped guests of the demo cluster, one for each visit. */
const STOPPED = [
  { vmid: 106, node: 'pve2', kind: 'qemu' },
  { vmid: 203, node: 'pve3', kind: 'lxc' },
] as const;

/** The steps of one visit: look at the tools, at the cluster, at anything, change something, and make a mistake. */
export function tour(visit: 0 | 1): Step[] {
  const guest = STOPPED[visit];
  const path = `/nodes/${guest.node}/${guest.kind}/${guest.vmid}`;
  return [
    { title: 'tools/list', expect: /list_nodes/, run: listTools },
    call('list_nodes', {}, /pve1/),
    call('get_cluster_resources', { type: 'guest', limit: 20 }, new RegExp(`\\b${guest.vmid}\\b`)),
    call('proxmox_api_call', { path: `${path}/config` }, /digest/),
    call('proxmox_api_call', { path: `${path}/status/start`, method: 'POST' }, /OK/),
    call('proxmox_api_call', { path: `${path}/status/start`, method: 'POST' }, /already running/),
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
