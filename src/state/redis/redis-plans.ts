import type { KeptPlan, Plan, PlanDecision, PlanStore } from '../../api/gate/plan.ts';
import { PLAN_ID } from '../../api/gate/plan-id.ts';
import type { Clock } from '../../clock.ts';
import { isAlive, MAX_WAITING, packed, unpacked } from '../plan-limits.ts';
import { sealed, unsealed } from '../seal.ts';
import type { RedisConnection } from './connection.ts';
import { decisionKey, PLANS, planKey } from './keys.ts';
import type { Reply } from './session.ts';
import type { SigningKey } from './signing-key.ts';

/*
 * Redis runs a script as one step. KEYS: the plan, its decision, the ids of all plans.
 */

/** ARGV: id, when it was made, its text, how long it lives. */
const PUT = `
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
redis.call('DEL', KEYS[2])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
return 1`;

/** ARGV: the plan's text as it was read, the decision. It ends with its plan. */
const DECIDE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('SET', KEYS[2], ARGV[2], 'PX', math.max(redis.call('PTTL', KEYS[1]), 1), 'NX') then return 1 end
return 0`;

/** ARGV: id, the texts of the plan and of its decision as they were read; an empty decision is none. */
const END = `
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
return 1`;

/** A plan, and the very texts that it was read from. */
interface Read extends KeptPlan {
  text: string;
  decision: string;
}

/** Plans in Redis, so that whichever replica is asked knows those that another one made. Redis forgets what expires. */
export class RedisPlans implements PlanStore {
  readonly #connection: RedisConnection;
  readonly #key: SigningKey;
  readonly #clock: Clock;

  constructor(connection: RedisConnection, key: SigningKey, clock: Clock) {
    this.#connection = connection;
    this.#key = key;
    this.#clock = clock;
  }

  sign(text: string): Promise<string> {
    return this.#key.sign(text);
  }

  async about(call: string): Promise<KeptPlan[]> {
    const kept = (await this.#alive()).filter(({ plan }) => plan.call === call);
    return kept.map(told).reverse();
  }

  async get(id: string): Promise<KeptPlan | undefined> {
    const found = await this.#read(id);
    return found && told(found);
  }

  async waiting(): Promise<Plan[]> {
    return (await this.#alive()).filter(({ decided }) => decided === undefined).map(({ plan }) => plan);
  }

  async put(plan: Plan): Promise<void> {
    const text = await packed(plan, this.#sign);
    const waiting = await this.waiting();
    for (const { id } of waiting.slice(0, Math.max(0, waiting.length - MAX_WAITING + 1)))
      await this.withdraw(id);
    const life = plan.expires - this.#clock.now();
    if (life > 0) await this.#run(PUT, plan.id, [plan.id, String(plan.made), text, String(life)]);
  }

  async decide(id: string, decision: PlanDecision): Promise<boolean> {
    const found = await this.#read(id);
    if (found === undefined || found.decided !== undefined) return false;
    return this.#run(DECIDE, id, [found.text, await sealed(id, decision, this.#sign)]);
  }

  async take(id: string): Promise<boolean> {
    const found = await this.#read(id);
    return found?.decided?.decision === 'approved' && this.#end(found);
  }

  async withdraw(id: string): Promise<void> {
    const found = await this.#read(id);
    if (found !== undefined && found.decided === undefined) await this.#end(found);
  }

  readonly #sign = (text: string) => this.sign(text);

  /** Nobody can do this twice, nor to what is another since it was read. */
  #end({ plan: { id }, text, decision }: Read): Promise<boolean> {
    return this.#run(END, id, [id, text, decision]);
  }

  async #run(script: string, id: string, args: readonly string[]): Promise<boolean> {
    const keys = [planKey(id), decisionKey(id), PLANS];
    return (await this.#connection.send(['EVAL', script, String(keys.length), ...keys, ...args])) === 1;
  }

  async #read(id: string): Promise<Read | undefined> {
    if (!PLAN_ID.test(id)) return undefined;
    const [text = null, decision = null] = await this.#texts([planKey(id), decisionKey(id)]);
    return this.#understood(id, text, decision);
  }

  async #understood(id: string, text: Reply, decision: Reply): Promise<Read | undefined> {
    if (typeof text !== 'string') return undefined;
    const plan = await unpacked(text, this.#sign);
    // A plan under the name of another would be approved as that one.
    if (plan?.id !== id || !isAlive(plan, this.#clock.now())) return undefined;
    const decided = typeof decision === 'string' ? await unsealed(id, decision, this.#sign) : undefined;
    return { plan, ...(decided && { decided }), text, decision: String(decision ?? '') };
  }

  /** Oldest first. Those that Redis has forgotten lose their place in the list. */
  async #alive(): Promise<Read[]> {
    const listed = list(await this.#connection.send(['ZRANGE', PLANS, '0', '-1']));
    const ids = listed.map(String).filter((id) => PLAN_ID.test(id));
    if (ids.length === 0) return [];
    const texts = await this.#texts([...ids.map(planKey), ...ids.map(decisionKey)]);
    const at = (index: number) => texts[index] ?? null;
    const gone = ids.filter((_, index) => at(index) === null);
    if (gone.length > 0) await this.#connection.send(['ZREM', PLANS, ...gone]);
    const kept = await Promise.all(
      ids.map((id, index) => this.#understood(id, at(index), at(ids.length + index))),
    );
    return kept
      .filter((each) => each !== undefined)
      .sort(({ plan: a }, { plan: b }) => a.made - b.made || (a.nonce < b.nonce ? -1 : 1));
  }

  async #texts(keys: readonly string[]): Promise<readonly Reply[]> {
    return list(await this.#connection.send(['MGET', ...keys]));
  }
}

function told({ plan, decided }: Read): KeptPlan {
  return { plan, ...(decided && { decided }) };
}

function list(reply: Reply): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}
