import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { ExpressionText } from "../expression-text.ts";
import { parseExpression } from "../parse.ts";

/**
 * A column as an expression names it: bare where that is read as the column again, else in back quotes. Undefined
 * for a name with a back quote in it, which no expression can name.
 */
export function columnText(column: string): string | undefined {
  if (readsAs(column, column)) return column;
  const quoted = `\`${column}\``;
  return readsAs(quoted, column) ? quoted : undefined;
}

/** A text as an expression writes it, in double quotes. */
export function quotedText(text: string): string {
  const escaped = text.replace(/["\\\n\r\t]/g, (character) => {
    switch (character) {
      case "\n":
        return "\\n";
      case "\r":
        return "\\r";
      case "\t":
        return "\\t";
      default:
        return `\\${character}`;
    }
  });
  return `"${escaped}"`;
}

/** Column and steps as one expression. */
export function pipe(column: string, steps: readonly string[]): string {
  return [column, ...steps].join(" | ");
}

function readsAs(written: string, column: string): boolean {
  try {
    const source = new ExpressionText("", { value: written, line: 1, column: 1 });
    const node = parseExpression(source);
    return node.kind === "column" && node.name === column;
  } catch (thrown) {
    if (thrown instanceof DmfpipeError) return false;
    throw thrown;
  }
}
