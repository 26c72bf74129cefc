/** A line of two parts: what something is called, and what is to be said of it. */
export interface AlignedLine {
  readonly left: string;
  readonly right: string;
  /** How far the line is moved to the right, in steps of two blanks. */
  readonly depth: number;
}

/** Beyond this the right parts would stand too far away from most of the left ones. */
const widestLeft = 44;
const gap = 2;

/**
 * Lines whose right parts stand below each other. A left part that is too long has its right part on the next line; a
 * right part that does not fit into the terminal goes on below itself.
 *
 * @param columns characters of a line; Infinity where nothing wraps
 */
export function alignedLines(lines: readonly AlignedLine[], columns: number): string {
  const limit = Math.min(widestLeft, Math.max(8, Math.floor(columns / 2)));
  const widths = lines.map(({ left, depth }) => depth * 2 + left.length).filter((width) => width <= limit);
  const rightAt = Math.max(0, ...widths) + gap;
  const rightWidth = columns - rightAt;
  return lines
    .map(({ left, right, depth }) => {
      const indented = "  ".repeat(depth);
      const hanging = `\n${indented}    `;
      const start = `${indented}${wrapped(left, columns - hanging.length).join(hanging)}`;
      if (right === "") return start;
      const said = wrapped(right, rightWidth);
      const indent = " ".repeat(rightAt);
      const first = start.length + gap <= rightAt ? start.padEnd(rightAt) : `${start}\n${indent}`;
      return `${first}${said.join(`\n${indent}`)}`;
    })
    .join("\n");
}

/** A text in lines of at most so many characters, broken at blanks where there are any. */
export function wrapped(text: string, columns: number): string[] {
  const width = Math.max(16, columns);
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(" ", width);
    const end = blank > width / 2 ? blank : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
