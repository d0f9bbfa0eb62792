import { Failure } from '../../failure.ts';
import type { Row } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';

type Operator = '=' | '!=' | '~' | '>' | '<' | '>=' | '<=';

/** One condition on a row. Without a key: any value contains the text. */
export interface Condition {
  key: string | undefined;
  operator: Operator;
  /** In lower case. */
  text: string;
  /** Set where the operator compares numbers. */
  number: number;
}

const SHAPE = /^([^\s=!~<>]+)\s*(!=|>=|<=|==|=~|=|~|>|<)\s*(.*)$/;
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * Reads `status=running, name~web, mem>1G` or a bare text; commas mean "and".
 *
 * @throws Failure `invalid_argument` for what can't be compared
 */
export function readFilter(text: string): Condition[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(readCondition);
}

function readCondition(part: string): Condition {
  const [, key, written, value = ''] = SHAPE.exec(part) ?? [];
  if (key === undefined) return { key, operator: '~', text: part.toLowerCase(), number: Number.NaN };
  const operator = (written === '==' ? '=' : written === '=~' ? '~' : written) as Operator;
  const number = readNumber(value);
  if (/[<>]/.test(operator) && Number.isNaN(number)) {
    throw new Failure(
      'invalid_argument',
      `filter compares ${line(key, 60)} with ${JSON.stringify(line(value, 60))}, which is no number.`,
      'Write as mem>1G (K, M, G, T are powers of 1024).',
    );
  }
  return { key, operator, text: value.toLowerCase(), number };
}

function readNumber(text: string): number {
  const [, digits, unit = ''] = /^(-?\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
  return digits === undefined ? Number.NaN : Number(digits) * (UNITS[unit.toLowerCase()] as number);
}

/** Whether a row meets a condition. */
export function meets(row: Row, { key, operator, text, number }: Condition): boolean {
  if (key === undefined) return Object.values(row).some((value) => textOf(value).includes(text));
  const value = valueAt(row, key);
  switch (operator) {
    case '~':
      return textOf(value).includes(text);
    case '=':
      return equals(value, text);
    case '!=':
      return !equals(value, text);
    default:
      return compare(typeof value === 'string' && value !== '' ? Number(value) : value, operator, number);
  }
}

/** A value by its name, or by the way to it: `disk.size`. */
export function valueAt(row: Row, key: string): unknown {
  if (Object.hasOwn(row, key)) return row[key];
  let value: unknown = row;
  for (const word of key.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, word)) return undefined;
    value = (value as Row)[word];
  }
  return value;
}

function compare(value: unknown, operator: Operator, number: number): boolean {
  if (typeof value !== 'number') return false;
  if (operator === '>') return value > number;
  if (operator === '>=') return value >= number;
  return operator === '<' ? value < number : value <= number;
}

/** Proxmox writes booleans as 1 and 0, and leaves out many that are not set. */
function equals(value: unknown, text: string): boolean {
  if (value === undefined || value === null) return ['', '0', 'false'].includes(text);
  const own = textOf(value);
  return own === text || (text === 'true' && own === '1') || (text === 'false' && own === '0');
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? '1' : '0';
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).toLowerCase();
}
