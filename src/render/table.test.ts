import { expect, test } from 'vitest';
import { table } from './table.ts';

interface Row {
  id: number;
  name?: string;
  note: string;
}

const columns = [
  { head: 'ID', cell: (row: Row) => row.id },
  { head: 'NAME', cell: (row: Row) => row.name },
  { head: 'NOTE', cell: (row: Row) => row.note },
];

test('aligns columns, marks what is missing and does not pad the end', () => {
  const rows = [
    { id: 100, name: 'web1', note: 'a' },
    { id: 9, note: '' },
  ];
  expect(table(columns, rows)).toBe(['ID   NAME  NOTE', '100  web1  a', '9    -     -'].join('\n'));
});

test('a cell cannot break the table', () => {
  const shown = table(columns, [{ id: 1, name: 'two  columns\nand a line', note: 'n'.repeat(200) }]);
  expect(shown.split('\n')).toHaveLength(2);
  expect(shown).toContain('two columns and a line');
  expect(shown.split('\n')[1]?.length).toBeLessThan(90);
});
