// Asks /healthz and /readyz all the time, and remembers when their answers changed.
const EVERY_MS = 250;

export class HealthWatch {
  /** How long /healthz took, in milliseconds: what the event loop owes everybody. */
  times = [];
  unhealthy = 0;
  #ready = [];
  #timer;

  constructor(url) {
    this.#timer = setInterval(() => {
      void this.#health(url);
      void this.#readiness(url);
    }, EVERY_MS);
  }

  async #health(url) {
    const from = performance.now();
    const ok = await fetch(`${url}/healthz`).then(
      async (answer) => (await answer.json()).status === 'ok',
      () => false,
    );
    this.times.push(performance.now() - from);
    if (!ok) this.unhealthy += 1;
  }

  async #readiness(url) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    const reason = answer === undefined ? 'no answer' : ((await answer.json()).reason ?? 'ready');
    this.#ready.push({ at: Date.now(), reason });
  }

  /** After how many milliseconds /readyz first gave one of these words; undefined: it did not. */
  saidAfter(moment, words) {
    const first = this.#ready.find(({ at, reason }) => at >= moment && words.includes(reason));
    return first && first.at - moment;
  }

  /** What else it said between two moments. */
  saidBut(word, from, until) {
    const others = this.#ready.filter(({ at, reason }) => at >= from && at < until && reason !== word);
    return [...new Set(others.map(({ reason }) => reason))];
  }

  stop() {
    clearInterval(this.#timer);
  }
}
