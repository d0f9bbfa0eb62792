import type { Judgement } from '../../schema/effect.ts';
import { wordsOf } from '../../schema/path-pattern.ts';
import type { Read } from '../change.ts';
import type { Call } from './call.ts';
import { type Creation, creationIn, tagsOf } from './creation.ts';
import type { Outcome } from './door.ts';
import type { TouchedGuest } from './plan.ts';
import { vmidsIn } from './vmids.ts';
import { attachedOwners } from './volumes.ts';

/** What belongs to the work of one tool call: as it is, or as it will be when foreseen steps are done. */
export interface Own {
  /** What a call comes to, where it only takes back what this tool call itself did. Undefined for any other call. */
  eases(call: Call): Judgement | undefined;
  /** A guest that is ours and that the login does not see (yet), as it was made; undefined for any other. */
  guest(vmid: number, read: Read | undefined): Promise<TouchedGuest | undefined>;
}

/**
 * What one tool call began and made: it may stop its own tasks and remove its own new guests without a person, as this
 * undoes no more than it did. It forgets with the call: nothing is ours that another call made.
 */
export class OwnWork implements Own {
  readonly #tasks = new Set<string>();
  /** By the task that makes them. */
  readonly #making = new Map<string, Creation>();
  readonly #made = new Map<number, Creation>();

  /** A change is about to be sent. */
  admitted({ path, params }: Call): void {
    // From here on more than our own may go with a guest that takes over a disk.
    const [, , , named = ''] = wordsOf(path);
    const takers = [
      ...vmidsIn(params['target-vmid']),
      ...(attachedOwners(params).length > 0 ? vmidsIn(named) : []),
    ];
    for (const creation of [...this.#making.values(), ...this.#made.values()])
      if (takers.includes(creation.vmid)) creation.adopts = true;
  }

  /** A change was sent. A task that was only found again afterwards may be another's: it is not ours. */
  sent(call: Call, { upid, failure, recovered }: Outcome): void {
    const gone = this.#ownGuestOf(call);
    if (call.verb === 'DELETE' && gone !== undefined && (!failure || failure.details.mayHaveRun))
      this.#made.delete(gone.vmid);
    if (upid === undefined || failure !== undefined || recovered) return;
    this.#tasks.add(upid);
    const creation = creationIn(call);
    if (creation !== undefined) this.#making.set(upid, creation);
  }

  /** A task ended. A guest is made when the task that makes it has ended well. */
  taskEnded(upid: string, exitstatus: string): void {
    const creation = this.#making.get(upid);
    this.#making.delete(upid);
    if (creation !== undefined && /^(?:OK|WARNINGS: \d+)$/.test(exitstatus))
      this.#made.set(creation.vmid, creation);
  }

  eases(call: Call): Judgement | undefined {
    const { verb, path, params } = call;
    const words = wordsOf(path);
    if (verb === 'DELETE' && words.length === 4 && words[0] === 'nodes' && words[2] === 'tasks')
      return this.#tasks.has(words[3] ?? '')
        ? { effect: 'change', because: 'it stops a task that this call itself began' }
        : undefined;
    const made = this.#ownGuestOf(call);
    if (made === undefined) return undefined;
    const given = Object.keys(params);
    if (verb === 'POST' && words.slice(4).join('/') === 'status/stop' && given.length === 0)
      return { effect: 'change', because: 'it stops a guest that this call itself made' };
    // Options reach further: into jobs, and to disks that an older guest of this VMID left.
    if (verb === 'DELETE' && words.length === 4 && !made.adopts && given.every((name) => name === 'force'))
      return { effect: 'change', because: 'it removes a guest that this call itself made' };
    return undefined;
  }

  async guest(vmid: number, read: Read | undefined): Promise<TouchedGuest | undefined> {
    return asGuest(this.#made.get(vmid), 'just made', read);
  }

  /** How it will be when these calls have been made. What does not exist yet can't be taken back. */
  after(calls: readonly Call[]): Own {
    const planned = new Map(calls.flatMap((call) => creationIn(call) ?? []).map((each) => [each.vmid, each]));
    return {
      eases: (call) => this.eases(call),
      guest: async (vmid, read) =>
        (await this.guest(vmid, read)) ?? asGuest(planned.get(vmid), 'not made yet', read),
    };
  }

  /** The guest of ours that the path of a call names by its kind and its VMID. */
  #ownGuestOf({ path }: Call): Creation | undefined {
    const [area, , type, vmid = ''] = wordsOf(path);
    const made = area === 'nodes' && /^[1-9]\d*$/.test(vmid) ? this.#made.get(Number(vmid)) : undefined;
    return made?.type === type ? made : undefined;
  }
}

async function asGuest(
  creation: Creation | undefined,
  status: string,
  read: Read | undefined,
): Promise<TouchedGuest | undefined> {
  // Of a guest that may be on any node or have any tag, nobody can tell whether it is protected.
  if (creation === undefined || creation.node === '') return undefined;
  const tags = read === undefined ? creation.tags : await tagsOf(creation, read);
  if (tags === undefined) return undefined;
  const { vmid, name, node, type, pool } = creation;
  return { vmid, name, node, type, status, tags, pool };
}
