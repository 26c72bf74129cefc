/** Markup that is safe to put into a page: whatever came from data in it has been escaped. */
export class Html {
  readonly text: string;

  /** Only for markup of our own; data goes through the `html` template. */
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Html[];

/** Template for markup: everything interpolated is escaped, but other `Html`. Imported rows may hold anything. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const texts = parts.map((part, index) => markup(part) + (literals[index + 1] ?? ""));
  return new Html((literals[0] ?? "") + texts.join(""));
}

/** Nothing: the other branch of a condition. */
export const nothing: readonly Html[] = [];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function markup(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(({ text }) => text).join("");
  // A control character is shown, not sent: an HTML parser would drop some and object to others.
  return String(part)
    .replace(/[&<>"']/g, (character) => entities[character] ?? "")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "\ufffd");
}
