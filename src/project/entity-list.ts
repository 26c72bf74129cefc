import { isMap, isScalar, isSeq, parseDocument, stringify, type YAMLSeq } from "yaml";

/**
 * The text of a project.yaml with one more entry under `entities`; every other character, comments included, stays
 * as it is. `text` has the shape of a project.yaml; an entry that is there already is not added again.
 */
export function withEntity(text: string, entry: string): string {
  const document = parseDocument(text);
  const contents = isMap(document.contents) ? document.contents : undefined;
  const pair = contents?.items.find(({ key }) => isScalar(key) && key.value === "entities");
  const line = `  - ${scalar(entry)}`;
  if (pair === undefined) return `${text.replace(/\n*$/, "\n")}\nentities:\n${line}\n`;
  const list = pair.value;
  if (isSeq(list)) {
    const entries = list.items.map((item) => (isScalar(item) ? item.value : undefined));
    if (entries.includes(entry)) return text;
    return list.flow === true ? inFlow(text, list, entry) : inBlock(text, list, entry);
  }
  // `entities:` with nothing behind it.
  const keyEnd = rangeOf(pair.key)[1];
  const end = lineEnd(text, keyEnd);
  return `${text.slice(0, end)}\n${line}${text.slice(end)}`;
}

function inBlock(text: string, list: YAMLSeq, entry: string): string {
  const last = list.items.at(-1);
  const [start, valueEnd] = rangeOf(last);
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const before = text.slice(lineStart, start);
  const end = lineEnd(text, valueEnd);
  return `${text.slice(0, end)}\n${before}${scalar(entry)}${text.slice(end)}`;
}

function inFlow(text: string, list: YAMLSeq, entry: string): string {
  const close = text.lastIndexOf("]", (list.range?.[1] ?? 1) - 1);
  const inside = text.slice(list.range?.[0] ?? 0, close).trimEnd();
  const comma = list.items.length === 0 || inside.endsWith(",") ? "" : ",";
  const blank = list.items.length === 0 ? "" : " ";
  const head = text.slice(0, close).trimEnd();
  return `${head}${comma}${blank}${scalar(entry)}${text.slice(close)}`;
}

/** Where a scalar begins and where its value ends. */
function rangeOf(node: unknown): readonly [number, number] {
  const range = isScalar(node) ? node.range : undefined;
  return [range?.[0] ?? 0, range?.[1] ?? 0];
}

/** Where the line that holds this offset ends: at its line break, or at the end of the text. */
function lineEnd(text: string, offset: number): number {
  const found = text.indexOf("\n", offset);
  if (found === -1) return text.length;
  return text[found - 1] === "\r" ? found - 1 : found;
}

function scalar(entry: string): string {
  return stringify(entry, { lineWidth: 0 }).trimEnd();
}
