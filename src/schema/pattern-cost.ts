/**
 * How many ways a pattern can be tried on a text of `length` characters, at most: a bound on what a backtracking
 * matcher may have to do. `Infinity` where no bound is known, as for `(a+)+`, and for what is not understood.
 *
 * Counted as the ways to walk through it: those of a sequence multiply, those of alternatives add up, a repeated
 * character can stop in as many places as it may repeat, and what has a choice inside has no bound once it is repeated
 * without one.
 */
export function patternCost(pattern: string, length: number): number {
  if (pattern.length > MAX_PATTERN) return Number.POSITIVE_INFINITY;
  const reader = new Reader(pattern, Math.max(1, length));
  const ways = reader.alternatives(0);
  return reader.atEnd ? ways : Number.POSITIVE_INFINITY;
}

/** The longest of PBS 4 has 3,655 characters. */
export const MAX_PATTERN = 4_000;
const MAX_GROUPS = 50;

/** Groups that only group, as Perl and Rust write them. Look-arounds, conditions and the like are not for us to count. */
const GROUP = /^\((?:\?(?:\^?[a-z]*:|P?<[A-Za-z]\w*>|>))?/;
const REPEAT = /^(?:([*+?])|\{(\d{0,5})(,?)(\d{0,5})\})[?+]?/;

class Reader {
  readonly #pattern: string;
  readonly #length: number;
  #at = 0;

  constructor(pattern: string, length: number) {
    this.#pattern = pattern;
    this.#length = length;
  }

  get atEnd(): boolean {
    return this.#at >= this.#pattern.length;
  }

  alternatives(depth: number): number {
    let ways = this.#sequence(depth);
    while (this.#next() === '|') {
      this.#at++;
      ways += this.#sequence(depth);
    }
    return ways;
  }

  #sequence(depth: number): number {
    let ways = 1;
    for (let char = this.#next(); char !== '' && char !== '|' && char !== ')'; char = this.#next()) {
      ways *= this.#repeated(this.#one(char, depth));
    }
    return ways;
  }

  #next(): string {
    return this.#pattern.charAt(this.#at);
  }

  #one(char: string, depth: number): number {
    if (char === '(') return this.#group(depth);
    if (char === '[') return this.#class();
    this.#at++;
    if (char !== '\\') return 1;
    // What a group has found, to be found again.
    const back = /[1-9gk]/.test(this.#next());
    this.#at++;
    return back ? Number.POSITIVE_INFINITY : 1;
  }

  #group(depth: number): number {
    const opening = GROUP.exec(this.#pattern.slice(this.#at, this.#at + 60))?.[0] ?? '';
    this.#at += opening.length;
    if (this.#next() === '?' || depth > MAX_GROUPS) return this.#giveUp();
    const ways = this.alternatives(depth + 1);
    if (this.#next() !== ')') return this.#giveUp();
    this.#at++;
    return ways;
  }

  #giveUp(): number {
    this.#at = this.#pattern.length;
    return Number.POSITIVE_INFINITY;
  }

  #class(): number {
    this.#at++;
    while (!this.atEnd && this.#next() !== ']') this.#at += this.#next() === '\\' ? 2 : 1;
    this.#at++;
    return 1;
  }

  #repeated(ways: number): number {
    const found = REPEAT.exec(this.#pattern.slice(this.#at, this.#at + 20));
    if (!found) return ways;
    this.#at += found[0].length;
    const [, sign, least = '', comma, most = ''] = found;
    const min = sign === '+' ? 1 : Number(least);
    const max = sign === '?' ? 1 : sign || (comma && most === '') ? this.#length : Number(most || least);
    if (ways === 1) return Math.max(1, Math.min(max, this.#length) - min + 1);
    // One way for each number of rounds, and in each round all of its own.
    return max <= 1 ? ways + 1 : ways ** Math.min(max, this.#length) * 2;
  }
}
