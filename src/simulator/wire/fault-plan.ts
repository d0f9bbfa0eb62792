import { callPattern, checkFault, type Fault, type FaultName } from '../faults.ts';
import type { World } from '../world/world.ts';
import { type Lasting, lastingFault } from './lasting-fault.ts';
import { NoAnswer } from './message.ts';
import type { Ran } from './run-call.ts';

/** A call's end, which a fault may cut short on its way out. */
export type Struck = Ran & { cut?: true };

/** How long pveproxy waits for the service behind it, in milliseconds. */
const PATIENCE = 30_000;

/** One fault and how many calls it has seen. */
class Rule {
  readonly fault: Fault;
  readonly #pattern: RegExp | undefined;
  #seen = 0;

  constructor(fault: Fault) {
    this.fault = checkFault(fault);
    this.#pattern = fault.on === undefined ? undefined : callPattern(fault.on);
  }

  /** Whether this call is one to strike; asked once for each call. */
  strikes(verb: string, path: string): boolean {
    const meant = this.#pattern?.test(`${verb} ${path}`) ?? path !== '/access/ticket';
    if (!meant) return false;
    const { skip = 0, times = 1 } = this.fault;
    const number = this.#seen++;
    return number >= skip && number < skip + times;
  }
}

const early = new Set<FaultName>(['expired-ticket', 'new-certificate']);
const late = new Set<FaultName>(['task-warnings', 'task-dies', 'task-vanishes']);
const lasting = new Set<FaultName>(['offline-node', 'locked-guest', 'config-lock', 'full-storage']);

/** Throws where the fault befalls what is not there; a guest may come later. */
function checkTarget(fault: Fault, { nodes, storages }: World): void {
  if (fault.name === 'full-storage' && !storages.has(fault.storage)) {
    throw new Error(`full-storage: there is no storage ${fault.storage}.`);
  }
  if (fault.name !== 'offline-node') return;
  const [asked, ...others] = nodes.keys();
  if (others.includes(fault.node)) return;
  const why = fault.node === asked ? 'is the node that answers' : 'is no node';
  throw new Error(`offline-node: ${fault.node} ${why}; it can be ${others.join(', ') || 'none here'}.`);
}

/** Lets go wrong what is to go wrong: always at the same calls, in the same way. */
export class FaultPlan {
  readonly #world: World;
  readonly #early: Rule[] = [];
  readonly #late: Rule[] = [];
  readonly #calls: Rule[] = [];
  readonly #lasting: Lasting[] = [];
  readonly #renewals: (() => Promise<void>)[] = [];

  constructor(faults: readonly Fault[], world: World) {
    this.#world = world;
    for (const fault of faults) {
      checkTarget(fault, world);
      const rule = new Rule(fault);
      const list = early.has(fault.name) || lasting.has(fault.name) ? this.#early : this.#calls;
      (late.has(fault.name) ? this.#late : list).push(rule);
    }
  }

  /** Calls back when the server is to show another certificate. */
  onNewCertificate(renew: () => Promise<void>): void {
    this.#renewals.push(renew);
  }

  /** What happens before a call is looked at: to the server, and to nodes, guests and storages. */
  async before(verb: string, path: string): Promise<void> {
    for (const rule of this.#early) {
      if (!rule.strikes(verb, path)) continue;
      const { fault } = rule;
      if (fault.name === 'expired-ticket') this.#world.access.tickets.revoke();
      else if (fault.name === 'new-certificate') for (const renew of this.#renewals) await renew();
      else this.#begin(fault);
    }
    for (const state of this.#lasting) state.impose();
  }

  /** Runs a call, unless something comes between. */
  async around(verb: string, path: string, run: () => Promise<Ran>): Promise<Struck> {
    // Every rule counts every call; the first one that strikes decides.
    const [rule] = this.#calls.filter((each) => each.strikes(verb, path));
    const ran = rule ? await this.#strike(rule.fault, run) : await run();
    const upid = 'outcome' in ran && 'data' in ran.outcome ? ran.outcome.data : undefined;
    if (typeof upid === 'string' && upid.startsWith('UPID:')) this.#befall(upid, verb, path);
    return ran;
  }

  #begin(fault: Fault): void {
    const state = lastingFault(fault, this.#world);
    this.#lasting.push(state);
    if (fault.ms === undefined) return;
    this.#world.timeline.after(fault.ms, () => {
      this.#lasting.splice(this.#lasting.indexOf(state), 1);
      state.lift();
    });
  }

  async #strike(fault: Fault, run: () => Promise<Ran>): Promise<Struck> {
    switch (fault.name) {
      case '595':
        return { unreachable: 'Connection refused', status: 595 };
      case '596-before':
        await this.#wait(fault.ms ?? PATIENCE);
        return { unreachable: 'Connection timed out', status: 596 };
      case 'reset-before':
        throw new NoAnswer('reset');
      case 'stall-before':
        await this.#wait(fault.ms);
        return run();
    }
    const ran = await run();
    switch (fault.name) {
      case '596-after':
      case '597':
        // What AnyEvent calls the end of a connection that comes too early (recorded on PVE 9.2 for 596).
        return { unreachable: 'Broken pipe', status: fault.name === '597' ? 597 : 596 };
      case 'stall-after':
        await this.#wait(fault.ms);
        return ran;
      case 'reset-after':
        throw new NoAnswer('reset');
      default:
        return { ...ran, cut: true };
    }
  }

  async #wait(ms: number | undefined): Promise<void> {
    if (ms === undefined) return new Promise(() => {});
    await this.#world.clock.sleep(ms);
    this.#world.settle();
  }

  /** What befalls the task that this call began. */
  #befall(upid: string, verb: string, path: string): void {
    const { tasks, timeline } = this.#world;
    for (const rule of this.#late) {
      if (!rule.strikes(verb, path)) continue;
      const { name, ms = 0 } = rule.fault;
      if (name === 'task-warnings') tasks.warn(upid);
      else timeline.after(ms, () => (name === 'task-dies' ? tasks.kill(upid) : tasks.forget(upid)));
    }
  }
}
