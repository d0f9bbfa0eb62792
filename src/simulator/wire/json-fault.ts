const MALFORMED = 'malformed JSON string, neither tag, array, object, number, string or atom';

/** Where and how JSON::XS gives up on a text that is no JSON: what `decode_json` says on a Proxmox server. */
export function jsonFault(text: string): { offset: number; what: string } {
  const scanner = new Scanner(text);
  try {
    scanner.value();
    scanner.space();
    return { offset: scanner.at, what: 'garbage after JSON object' };
  } catch (fault) {
    return { offset: scanner.at, what: (fault as Error).message };
  }
}

class Scanner {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  space(): void {
    this.#take(/[ \t\r\n]*/y);
  }

  value(): void {
    this.space();
    const first = this.#text[this.at];
    if (first === '"') this.#string();
    else if (first === '[') this.#list(']', 'array', () => this.value());
    else if (first === '{') this.#list('}', 'object/hash', () => this.#member());
    else if (!this.#take(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y)) this.#noAtom(first);
  }

  #noAtom(first: string | undefined): never {
    const atom = { t: 'true', f: 'false', n: 'null' }[first ?? ''];
    throw new Error(atom ? `'${atom}' expected` : MALFORMED);
  }

  #string(): void {
    if (this.#take(/"(?:[^"\\]|\\.)*"/sy)) return;
    this.at = this.#text.length;
    throw new Error('unexpected end of string while parsing JSON string');
  }

  #member(): void {
    this.#expect('"');
    this.#string();
    this.space();
    this.#expect(':');
    this.at++;
    this.value();
  }

  #list(close: string, name: string, item: () => void): void {
    this.at++;
    this.space();
    if (this.#text[this.at] !== close) {
      item();
      this.space();
      while (this.#text[this.at] !== close) {
        if (this.#text[this.at] !== ',') throw new Error(`, or ${close} expected while parsing ${name}`);
        this.at++;
        this.space();
        item();
        this.space();
      }
    }
    this.at++;
  }

  #expect(char: string): void {
    if (this.#text[this.at] !== char) throw new Error(`'${char}' expected`);
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text);
    if (found) this.at = pattern.lastIndex;
    return found !== null;
  }
}
