import { effectOf } from '../src/schema/effect.ts';
import { pveCatalog } from '../src/schema/pve-catalog.ts';

/** Every method of PVE with its effect, and for a danger why it is one: the list that is reviewed line by line. */
export function effectsList(): string {
  const lines = pveCatalog().methods.map((method) => {
    const { effect, because } = effectOf(method);
    return `${effect.padEnd(6)}  ${method.method} ${method.path}${because === undefined ? '' : `  ${because}`}\n`;
  });
  return lines.join('');
}
