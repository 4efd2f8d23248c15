/** Tables as text: columns that are aligned, or Markdown. Pure. */

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

export interface Grid {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** Rows of cells as lines, every column as wide as its widest cell; columns are aligned left unless `aligns` says else. */
export function alignColumns(rows: readonly (readonly string[])[], aligns: readonly Column['align'][] = []): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    aligns[column] === 'right' ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** A grid with titles in capitals, as kubectl has them. */
export function alignGrid({ columns, rows }: Grid): string {
  const titles = columns.map(({ title }) => title.toUpperCase());
  return alignColumns(
    [titles, ...rows],
    columns.map(({ align }) => align),
  );
}

export function markdownGrid({ columns, rows }: Grid): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'right' ? '---:' : '---'));
  return [line(columns.map(({ title }) => title)), line(rule), ...rows.map(line)].join('\n');
}
