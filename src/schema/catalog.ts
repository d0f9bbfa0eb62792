import type { Method } from './method.ts';

/** A method found by its path, and the words that stood for its `{parameters}`. */
export interface Found {
  method: Method;
  pathParams: Record<string, string>;
}

/** One level of the path tree. */
interface Segment {
  literals: Map<string, Segment>;
  /** What `{name}` matches here; PVE allows one name per level. */
  param: { name: string; next: Segment } | undefined;
  /** Whether the rest of the path, slashes included, is one word from here on. */
  swallowsRest: boolean;
  methods: Map<string, Method>;
}

/**
 * Below these, PVE takes the rest of the path as one word: a volume such as `local:101/vm-101-disk-0.raw`, or a
 * network such as `10.0.0.0/8` (PVE's sources call it `fragmentDelimiter => ''`).
 */
const SWALLOWS_REST = [/\/storage\/\{storage\}\/content$/, /\/firewall\/ipset\/\{name\}$/];

/** All methods of one product, found by path as its server finds them. */
export class Catalog {
  readonly methods: readonly Method[];
  readonly #root: Segment = newSegment();

  /** Methods in the order in which they are to be listed. */
  constructor(methods: readonly Method[]) {
    this.methods = methods;
    for (const method of methods) this.#add(method);
  }

  /**
   * The method that answers `verb` on `path`, or undefined where Proxmox answers 501.
   *
   * The path starts after `/api2/json` and is percent-decoded already: PVE decodes the whole path before it splits it,
   * so `%2F` parts words like a slash does. Double slashes and a trailing slash count for nothing (recorded on PVE 9.2).
   */
  find(verb: string, path: string): Found | undefined {
    const pathParams: Record<string, string> = {};
    const method = this.#walk(path, pathParams)?.methods.get(verb);
    return method && { method, pathParams };
  }

  /** Every method on a path, given as the API description writes it or as a request has it. */
  methodsAt(path: string): Method[] {
    return [...(this.#walk(path, {})?.methods.values() ?? [])];
  }

  #walk(path: string, pathParams: Record<string, string>): Segment | undefined {
    const words = wordsOf(path);
    let segment = this.#root;
    for (let at = 0; at < words.length; at++) {
      let word = words[at] as string;
      if (segment.swallowsRest) {
        word = words.slice(at).join('/');
        at = words.length;
      }
      const literal = segment.literals.get(word);
      if (literal) {
        segment = literal;
        continue;
      }
      // A word with a space in it matches no parameter: PVE's pattern for them is \S+, of bytes, so of ASCII's spaces.
      if (!segment.param || /[\t-\r ]/.test(word)) return undefined;
      pathParams[segment.param.name] = word;
      segment = segment.param.next;
    }
    return segment;
  }

  #add(method: Method): void {
    let segment = this.#root;
    let prefix = '';
    for (const word of wordsOf(method.path)) {
      prefix += `/${word}`;
      segment = child(segment, word);
      if (SWALLOWS_REST.some((pattern) => pattern.test(prefix))) segment.swallowsRest = true;
    }
    segment.methods.set(method.method, method);
  }
}

function newSegment(): Segment {
  return { literals: new Map(), param: undefined, swallowsRest: false, methods: new Map() };
}

function wordsOf(path: string): string[] {
  return path.split('/').filter((word) => word !== '');
}

function child(segment: Segment, word: string): Segment {
  if (word.startsWith('{') && word.endsWith('}')) {
    segment.param ??= { name: word.slice(1, -1), next: newSegment() };
    return segment.param.next;
  }
  const next = segment.literals.get(word) ?? newSegment();
  segment.literals.set(word, next);
  return next;
}
