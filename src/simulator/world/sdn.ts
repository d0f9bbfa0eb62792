import type { Section, Sections } from './sections.ts';

/** What software-defined networking consists of. */
export type SdnKind = 'zones' | 'vnets' | 'subnets' | 'controllers';

const kinds: readonly SdnKind[] = ['zones', 'vnets', 'subnets', 'controllers'];

type Running = Map<string, Section>;

/** Networks as they are configured, and as they were last applied. */
export class Sdn {
  readonly #config: Sections;
  #running = new Map<SdnKind, Running>();
  /** Whoever holds this token may change something; undefined: everybody may. */
  lockToken: string | undefined;

  constructor(config: Sections) {
    this.#config = config;
  }

  config(kind: SdnKind): Map<string, Section> {
    return this.#config.of(`sdn/${kind}`);
  }

  running(kind: SdnKind): ReadonlyMap<string, Section> {
    return this.#running.get(kind) ?? new Map();
  }

  /** Makes the config the running one. */
  apply(): void {
    this.#running = new Map(kinds.map((kind) => [kind, copy(this.config(kind))]));
  }

  /** Makes the running config the one that is edited. */
  rollback(): void {
    for (const kind of kinds) {
      const config = this.config(kind);
      config.clear();
      for (const [id, section] of copy(this.running(kind))) config.set(id, section);
    }
  }

  /** Both at once: what runs, and beside it what would change. */
  pending(kind: SdnKind): Map<string, Section> {
    const [running, config] = [this.running(kind), this.config(kind)];
    const ids = new Set([...running.keys(), ...config.keys()]);
    return new Map([...ids].sort().map((id) => [id, difference(running.get(id), config.get(id))]));
  }

  get hasPending(): boolean {
    return kinds.some((kind) => [...this.pending(kind).values()].some(({ state }) => state !== undefined));
  }
}

function difference(running: Section | undefined, config: Section | undefined): Section {
  const row: Section = { ...running };
  if (!config) return { ...row, state: 'deleted', pending: {} };
  const pending: Section = {};
  for (const key of Object.keys(running ?? {})) if (config[key] === undefined) pending[key] = 'deleted';
  for (const [key, value] of Object.entries(config)) {
    if (key === 'type' || key === 'vnet') row[key] = value;
    else if (String(running?.[key]) !== String(value)) pending[key] = value;
  }
  const changed = Object.keys(pending).length > 0;
  if (!running || changed) Object.assign(row, { state: running ? 'changed' : 'new', pending });
  return row;
}

function copy(sections: ReadonlyMap<string, Section>): Running {
  return new Map([...sections].map(([id, section]) => [id, { ...section }]));
}
