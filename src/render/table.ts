import { line } from './untrusted.ts';

/** One column: what stands at its head and in each row's cell. An absent or empty cell shows as `-`. */
export interface Column<Row> {
  head: string;
  cell(row: Row): string | number | undefined;
}

const CELL_MAX = 48;

/**
 * An aligned text table without rules or pipes: two spaces part the columns, the last one is not padded. Cells are
 * made one-line, their unseen characters visible, and their length capped.
 */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map((column) => column.head)];
  for (const row of rows) {
    lines.push(
      columns.map((column) => line(String(column.cell(row) ?? ''), CELL_MAX).replace(/ {2,}/g, ' ') || '-'),
    );
  }
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => cells[index]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, index) => (index === cells.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
