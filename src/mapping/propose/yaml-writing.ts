import { stringify } from "yaml";

/** How the source of a proposed mapping is read, as `source` says it. */
export interface SourceSettings {
  readonly file: string;
  readonly delimiter?: string;
  readonly quote?: string;
  readonly encoding?: string;
  readonly record?: string;
  readonly rows?: string;
}

/** Lines of comments end no further right than this. */
export const widestComment = 110;

/** What ends a line somewhere, or is no character a text file should hold. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** A text as a YAML scalar of one line, quoted where it has to be. */
export function yamlScalar(text: string): string {
  const wellFormed = text.toWellFormed();
  if (wellFormed.search(unprintable) === -1) {
    return stringify(wellFormed, { lineWidth: 0, singleQuote: true, blockQuote: false }).trimEnd();
  }
  // In double quotes, as JSON writes them too, everything can be escaped.
  return JSON.stringify(wellFormed).replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A text as a comment can hold it: on one line. */
export function inComment(text: string): string {
  return text.replace(unprintable, " ").toWellFormed();
}

/** `source` of a mapping on one line. */
export function sourceInFlow(settings: SourceSettings): string {
  const { file, delimiter, quote, encoding, record, rows } = settings;
  const parts = [
    `file: ${inFlow(file)}`,
    ...(record === undefined ? [] : [`record: ${inFlow(record)}`]),
    ...(rows === undefined ? [] : [`rows: ${inFlow(rows)}`]),
    // In double quotes, a tab is \t for everybody to see.
    ...(delimiter === undefined ? [] : [`delimiter: ${JSON.stringify(delimiter)}`]),
    ...(quote === undefined ? [] : [`quote: ${JSON.stringify(quote)}`]),
    ...(encoding === undefined ? [] : [`encoding: ${encoding}`]),
  ];
  return `{ ${parts.join(", ")} }`;
}

function inFlow(text: string): string {
  return /[,[\]{}]/.test(text) ? JSON.stringify(text) : yamlScalar(text);
}

/** The text with a capital first letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A text in lines of a readable width, each behind `prefix`; none for an empty text. */
export function wrapped(text: string, prefix: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of inComment(text)
    .split(" ")
    .filter((part) => part !== "")) {
    if (line !== "" && prefix.length + line.length + word.length >= widestComment) {
      lines.push(prefix + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, prefix + line];
}
