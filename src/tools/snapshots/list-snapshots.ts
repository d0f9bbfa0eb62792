import * as z from 'zod';
import type { Guest } from '../../pve/guests.ts';
import { NODE_OFFLINE } from '../../pve/resources.ts';
import { Sight } from '../../pve/sight.ts';
import { type Snapshot, snapshotsOf } from '../../pve/snapshots.ts';
import { table } from '../../render/table.ts';
import { duration, time } from '../../render/units.ts';
import { fence, line } from '../../render/untrusted.ts';
import { andMore, firstOf, within } from '../detail.ts';
import { AT_ONCE } from '../guests/many-guests.ts';
import { inTurns } from '../in-turns.ts';
import type { ToolContext } from '../tool.ts';

export const listed = z.object({
  vmid: z.number(),
  name: z.string(),
  taken: z.number().optional().describe('seconds since 1970'),
  ram: z.boolean(),
  parent: z.string().optional(),
  description: z.string().optional(),
});
type Listed = z.output<typeof listed>;

/** The snapshots of these guests, by VMID, oldest first; what can't be read is remembered. */
export async function readSnapshots(
  guests: readonly Guest[],
  sight: Sight,
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<{ guest: Guest; snapshot: Snapshot }[]> {
  const found = new Map<number, Snapshot[]>();
  await inTurns(guests, AT_ONCE, async (guest) => {
    const what = `snapshots of ${guest.vmid}`;
    if (guest.status === NODE_OFFLINE) sight.missed(what, `the node ${guest.node} is offline`);
    else found.set(guest.vmid, (await sight.of(what, snapshotsOf(pve.api, guest, { signal }))) ?? []);
  });
  return guests.flatMap((guest) => (found.get(guest.vmid) ?? []).map((snapshot) => ({ guest, snapshot })));
}

export async function listSnapshots(guests: readonly Guest[], context: ToolContext) {
  const sight = new Sight();
  const now = context.clock.now() / 1000;
  const found = await readSnapshots(guests, sight, context);
  const all: Listed[] = found.map(({ guest, snapshot }) => ({
    ...{ vmid: guest.vmid, name: line(snapshot.name, 60), ram: snapshot.ram },
    ...(snapshot.snaptime !== undefined && { taken: snapshot.snaptime }),
    ...(snapshot.parent !== undefined && { parent: line(snapshot.parent, 60) }),
    ...(snapshot.description !== undefined && { description: line(snapshot.description, 120) }),
  }));
  const owners = new Set(all.map(({ vmid }) => vmid)).size;
  const { shown, more } = firstOf(all, 40, 'brief');
  const of = guests.length === 1 && guests[0] ? `${guests[0].vmid}` : `${owners} of ${guests.length} guests`;
  const parts = [
    `${all.length} snapshot${all.length === 1 ? '' : 's'} of ${of}${all.length > 0 ? ', oldest first' : ''}`,
    all.length > 0 &&
      fence(
        'Proxmox',
        table<Listed>(
          [
            { head: 'VMID', cell: ({ vmid }) => vmid },
            { head: 'SNAPSHOT', cell: ({ name }) => name },
            { head: 'TAKEN', cell: ({ taken }) => taken && time(taken) },
            { head: 'AGE', cell: ({ taken }) => taken && duration(now - taken) },
            { head: 'RAM', cell: ({ ram }) => (ram ? 'yes' : 'no') },
            { head: 'PARENT', cell: ({ parent }) => parent },
            { head: 'DESCRIPTION', cell: ({ description }) => description },
          ],
          shown,
        ),
      ),
    more > 0 && andMore(more, 'full'),
    ...sight.unseen.map((text) => line(`Not seen: ${text}`)),
  ];
  return within('brief', parts, { action: 'list', guests: [], snapshots: [...shown] });
}
