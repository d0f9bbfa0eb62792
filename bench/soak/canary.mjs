// A distinct secret for every secret setting, and the search for them in all that comes out of the server.
import { randomBytes } from 'node:crypto';

/** Secrets that can be told apart, and whatever was found of them. */
export class Canaries {
  #forms = [];
  #finds = new Map();

  /** A new secret. Its middle is what is searched for, so that it is found however its ends are written. */
  secret(name, { before = 'CANARY-', after = '+x=' } = {}) {
    const secret = `${before}${randomBytes(12).toString('hex')}${after}`;
    this.know(name, secret);
    return secret;
  }

  /** A secret that others made, such as a UUID: what is searched for are its last hex digits. */
  know(name, secret) {
    const [, core] = /.*?([0-9a-f]{12,24})(?![0-9a-f-])/.exec(secret);
    for (const form of formsOf(core)) this.#forms.push([form, name]);
  }

  /** Searches a text that left the server. */
  look(where, text) {
    for (const [form, name] of this.#forms) {
      if (!text.includes(form)) continue;
      const find = `${name} in ${where}`;
      this.#finds.set(find, (this.#finds.get(find) ?? 0) + 1);
    }
  }

  get finds() {
    return [...this.#finds].map(([find, times]) => `${find} (${times} times)`);
  }

  get searched() {
    return new Set(this.#forms.map(([, name]) => name)).size;
  }
}

/** Percent-encoded it is the same, since hex needs no such code; in base64 it depends on where it begins. */
function formsOf(core) {
  const forms = [core, core.toUpperCase(), Buffer.from(core).toString('hex')];
  for (let offset = 0; offset < 3; offset += 1) {
    const text = Buffer.from(' '.repeat(offset) + core).toString('base64');
    // The first and the last letters hold bits of what stands beside it.
    forms.push(text.slice(offset === 0 ? 0 : 4, -4));
  }
  return forms;
}
