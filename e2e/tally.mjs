/** Counts what passed and what failed, one line each. */
export class Tally {
  passed = 0;
  failed = 0;

  /** Runs one check; what it throws is why it failed. */
  async check(name, run) {
    const began = performance.now();
    try {
      await run();
      this.passed += 1;
      console.log(`ok      ${name} (${seconds(began)} s)`);
    } catch (error) {
      this.failed += 1;
      console.log(`FAILED  ${name} (${seconds(began)} s)\n${indented(error)}`);
    }
  }
}

/** Throws what was looked for and where, when a text lacks something. */
export function expectIn(text, ...wanted) {
  for (const part of wanted) {
    const found = typeof part === 'string' ? text.includes(part) : part.test(text);
    if (!found) throw new Error(`expected ${part} in: ${text.slice(0, 3000)}`);
  }
}

const seconds = (began) => ((performance.now() - began) / 1000).toFixed(1);
const indented = (error) => String(error?.message ?? error).replaceAll(/^/gm, '        ');
