import type { Api } from '../../api/api.ts';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { number, row, rows, text } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';
import { type Finding, good, note } from './finding.ts';

/** How many running VMs are asked, at most. */
const MOST = 5;

/** Whether a running VM's guest agent can be reached: then addresses and file systems inside guests can be seen. */
export async function* agents(api: Api): AsyncGenerator<Finding> {
  const running = rows(await api.get(path`/cluster/resources`, { type: 'vm' })).flatMap((guest) => {
    const vmid = number(guest.vmid);
    const node = text(guest.node);
    return guest.type === 'qemu' && guest.status === 'running' && vmid !== undefined && node !== undefined
      ? [{ vmid, node }]
      : [];
  });
  if (running.length === 0) return;
  let problem: string | undefined;
  let asked = 0;
  for (const { vmid, node } of running.slice(0, MOST)) {
    try {
      const { agent } = row(await api.get(path`/nodes/${node}/qemu/${vmid}/config`));
      if (!/^(1|.*enabled=1)/.test(text(agent) ?? '')) continue;
      asked++;
      await api.get(path`/nodes/${node}/qemu/${vmid}/agent/info`, undefined, { timeoutMs: 10_000 });
      yield good('guest agent', `That of VM ${vmid} answers.`);
      return;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problem = `That of VM ${vmid}: ${line(error.message, 200)}`;
    }
  }
  if (asked === 0 && problem === undefined)
    yield note(
      'guest agent',
      `None of ${Math.min(running.length, MOST)} running VMs has it switched on.`,
      'Install qemu-guest-agent in a VM and set its option agent=1, to see addresses and disks inside.',
    );
  else
    yield note(
      'guest agent',
      problem ?? 'None answers.',
      'In the VM: `systemctl status qemu-guest-agent`. The login needs VM.GuestAgent.Audit.',
    );
}
