/** A column of a table on the terminal. */
export interface TextColumn {
  readonly title: string;
  /** Numbers stand right, texts left. */
  readonly align: "left" | "right";
}

/** A table of plain text: columns as wide as their widest cell, a rule below the titles. */
export function textTable(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? "";
        const width = widths[index] ?? 0;
        return column.align === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  const rule = widths
    .map((width) => "─".repeat(width))
    .join("  ")
    .trimEnd();
  return [line(columns.map((column) => column.title)), rule, ...rows.map(line)].join("\n");
}
