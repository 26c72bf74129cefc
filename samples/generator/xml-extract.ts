/** Collects the lines of an XML extract and knows on which line each record begins. */
export class XmlExtract {
  readonly #lines: string[] = [];

  /** Adds a text of one or more lines; returns the line it begins on, 1-based. */
  add(text: string): number {
    const line = this.#lines.length + 1;
    this.#lines.push(...text.split("\n"));
    return line;
  }

  toText(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}

/** `text` as character data or attribute value. */
export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** An element with text; an empty one where there is none. */
export function element(name: string, text: string, attributes = ""): string {
  const start = attributes === "" ? name : `${name} ${attributes}`;
  return text === "" ? `<${start}/>` : `<${start}>${escapeXml(text)}</${name}>`;
}
