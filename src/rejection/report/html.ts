import { createHash } from "node:crypto";

/** Markup that is safe to put into a page: whatever came from data in it has been escaped. */
export class Html {
  readonly text: string;

  /** Only for markup of our own; data goes through the `html` template. */
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Html[];

/**
 * Template for markup: everything interpolated is escaped, but other `Html`. ERP data is hostile until proven
 * otherwise, so there is no way to put a bare string into a page.
 */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = literals[0] ?? "";
  parts.forEach((part, index) => {
    text += markup(part) + (literals[index + 1] ?? "");
  });
  return new Html(text);
}

function markup(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map((item) => item.text).join("");
  return escapeHtml(String(part));
}

/** The text as it may stand between tags and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** The source expression by which a Content-Security-Policy admits exactly this inline script or style. */
export function cspHash(text: string): string {
  return `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
}
