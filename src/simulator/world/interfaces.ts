/** A network interface as `GET /nodes/{node}/network/{iface}` shows it. */
export type Interface = Record<string, string | number | string[]>;

/** `/etc/network/interfaces` of a node, and beside it the changes that wait to be applied. */
export class Interfaces {
  #applied = new Map<string, Interface>();
  #changed: Map<string, Interface> | undefined;

  /** The interfaces as they are configured, with what waits. */
  get all(): ReadonlyMap<string, Interface> {
    return this.#changed ?? this.#applied;
  }

  get hasChanges(): boolean {
    return this.#changed !== undefined;
  }

  /** Puts an interface there from the start. */
  seed(name: string, config: Interface): void {
    this.#applied.set(name, config);
  }

  /** Changes an interface, or takes it out; it waits until `apply`. */
  set(name: string, config: Interface | undefined): void {
    this.#changed ??= new Map(this.#applied);
    if (config) this.#changed.set(name, config);
    else this.#changed.delete(name);
  }

  /** What waits becomes real: a bridge is there from now on. */
  apply(): void {
    if (!this.#changed) return;
    for (const [name, config] of this.#changed) this.#changed.set(name, { ...config, active: 1 });
    this.#applied = this.#changed;
    this.#changed = undefined;
  }

  revert(): void {
    this.#changed = undefined;
  }

  /** The names of those that differ, with a sign, for showing. */
  difference(): string[] {
    const next = this.#changed ?? this.#applied;
    const gone = [...this.#applied.keys()].filter((name) => !next.has(name)).map((name) => `-iface ${name}`);
    const come = [...next].filter(([name, config]) => this.#applied.get(name) !== config);
    return [...gone, ...come.map(([name]) => `+iface ${name}`)];
  }
}
