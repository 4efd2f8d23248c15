/** Tables as text: columns that are aligned, or Markdown. Pure. */

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

export interface Grid {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** Columns with two blanks between them, titles in capitals as kubectl has them. */
export function alignGrid({ columns, rows }: Grid): string {
  const titles = columns.map(({ title }) => title.toUpperCase());
  const widths = columns.map((_, at) => Math.max(...[titles, ...rows].map((row) => (row[at] ?? '').length)));
  const line = (row: readonly string[]) =>
    columns
      .map(({ align }, at) => {
        const [cell, width] = [row[at] ?? '', widths[at] ?? 0];
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [titles, ...rows].map(line).join('\n');
}

export function markdownGrid({ columns, rows }: Grid): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'right' ? '---:' : '---'));
  return [line(columns.map(({ title }) => title)), line(rule), ...rows.map(line)].join('\n');
}
