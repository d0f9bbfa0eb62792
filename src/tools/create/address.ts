import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { type Row, row, rows, text } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';
import type { ToolContext } from '../tool.ts';

const PAUSE_MS = 2_500;
/** An image that has no agent would be waited for in vain. */
const LONGEST_MS = 40_000;

/** The addresses of a guest that has just been started, or why there are none. */
export interface Found {
  addresses: string[];
  why?: string;
}

/**
 * Waits until a guest has an address: a VM tells it by its agent, a container's is seen from the node.
 *
 * @param until in milliseconds of the context's clock
 * @param done how far progress was told before: it only grows
 */
export async function waitForAddress(
  guest: { type: 'qemu' | 'lxc'; node: string; vmid: number },
  { pve, clock, signal, progress }: ToolContext,
  until: number,
  done = 0,
): Promise<Found> {
  const { type, node, vmid } = guest;
  const end = Math.min(until, clock.now() + LONGEST_MS);
  const at =
    type === 'qemu'
      ? path`/nodes/${node}/qemu/${vmid}/agent/network-get-interfaces`
      : path`/nodes/${node}/lxc/${vmid}/interfaces`;
  let why = type === 'qemu' ? 'its guest agent has not answered yet' : 'it has none yet';
  for (let round = 0; round === 0 || clock.now() < end; round += 1) {
    try {
      const data = await pve.api.get(at, {}, { signal, timeoutMs: 10_000 });
      const addresses = addressesIn(type === 'qemu' ? row(data).result : data);
      if (addresses.length > 0) return { addresses };
      why = 'its network has no address yet';
    } catch (error) {
      if (!(error instanceof Failure) || signal.aborted) throw error;
      if (/not running|timeout|timed out/i.test(error.message)) {
        why =
          'its guest agent does not answer: it is still booting, or qemu-guest-agent is not installed in it';
      } else return { addresses: [], why: line(error.message, 200) };
    }
    progress(done + round, undefined, `waiting for the address of ${vmid}: ${why}`);
    await clock.sleep(Math.max(0, Math.min(PAUSE_MS, end - clock.now())), signal);
  }
  return { addresses: [], why };
}

/** Addresses that others can reach, IPv4 first. The agent and containers name the fields alike (recorded on PVE 9.2). */
function addressesIn(interfaces: unknown): string[] {
  const all = rows(interfaces)
    .filter(({ name }) => name !== 'lo')
    .flatMap((each: Row) => rows(each['ip-addresses']))
    .flatMap((each) => text(each['ip-address']) ?? [])
    .map((address) => line(address, 60))
    .filter((address) => !/^(?:127\.|169\.254\.|fe80:|::1$)/i.test(address));
  return [
    ...all.filter((address) => !address.includes(':')),
    ...all.filter((address) => address.includes(':')),
  ].slice(0, 8);
}
