/** A pool: guests and storages under one name. */
export interface Pool {
  poolid: string;
  comment: string | undefined;
  vmids: Set<number>;
  storages: Set<string>;
}

/** The pools of the cluster. A guest is in one pool at most. */
export class Pools {
  readonly #pools = new Map<string, Pool>();
  readonly #poolOf = new Map<number, string>();

  get(poolid: string): Pool | undefined {
    return this.#pools.get(poolid);
  }

  /** Every pool, by name. */
  list(): Pool[] {
    return [...this.#pools.values()].sort((a, b) => (a.poolid < b.poolid ? -1 : 1));
  }

  create(poolid: string, comment?: string): Pool {
    const pool: Pool = { poolid, comment, vmids: new Set(), storages: new Set() };
    this.#pools.set(poolid, pool);
    return pool;
  }

  delete(poolid: string): void {
    for (const vmid of this.#pools.get(poolid)?.vmids ?? []) this.#poolOf.delete(vmid);
    this.#pools.delete(poolid);
  }

  /** The pool a guest is in. */
  of(vmid: number): string | undefined {
    return this.#poolOf.get(vmid);
  }

  /** Puts a guest into a pool, out of the one it was in; `undefined` takes it out. */
  assign(vmid: number, poolid: string | undefined): void {
    const old = this.#poolOf.get(vmid);
    if (old !== undefined) this.#pools.get(old)?.vmids.delete(vmid);
    this.#poolOf.delete(vmid);
    const pool = poolid === undefined ? undefined : this.#pools.get(poolid);
    if (!pool) return;
    pool.vmids.add(vmid);
    this.#poolOf.set(vmid, pool.poolid);
  }
}
