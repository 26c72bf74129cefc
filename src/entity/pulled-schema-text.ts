import type { PulledEntity, PulledEnum, PullHead } from "./pulled-schema.ts";

const comment =
  "Entity schemas as an environment has them, made by dmfpipe schema pull. Corrections go into schema-overrides.yaml beside this file.";

/** With what the body begins, after the comma that ends the head. */
const bodyStart = '\n  "entities": {';

/** The beginning of a file of pulled schemas: what the pull says of itself. The body follows. */
export function pulledHeadText(head: PullHead): string {
  return `{\n${membersText({ $comment: comment, version: 1, ...head }, 1)},`;
}

/**
 * The rest of the file, piece by piece: sorted, one field and one enum a line, so that a difference between two pulls
 * reads well in version control. The same schemas give the same text. `enums` is asked for last, when all entities
 * have passed.
 */
export async function* pulledBodyText(
  entities: AsyncIterable<readonly [label: string, entity: PulledEntity]>,
  enums: () => ReadonlyMap<string, PulledEnum>,
): AsyncGenerator<string> {
  yield bodyStart;
  let comma = "";
  for await (const [label, entity] of entities) {
    yield `${comma}\n    ${JSON.stringify(label)}: ${entityText(entity)}`;
    comma = ",";
  }
  const members = Object.fromEntries([...enums()].sort(byName));
  yield `\n  },\n  "enums": {${blockText(members, 2)}}\n}\n`;
}

/** The body of a file's text: two pulls that found the same have the same one. */
export function pulledBodyOf(text: string): string {
  return text.slice(Math.max(0, text.indexOf(bodyStart)));
}

function entityText({ fields, ...about }: PulledEntity): string {
  const sorted = Object.fromEntries(Object.entries(fields).sort(byName));
  return `{\n${membersText(about, 3)},\n      "fields": {${blockText(sorted, 4)}}\n    }`;
}

/** Members between braces, each on a line of its own; nothing at all where there are none. */
function blockText(members: object, depth: number): string {
  if (Object.keys(members).length === 0) return "";
  return `\n${membersText(members, depth)}\n${"  ".repeat(depth - 1)}`;
}

function membersText(members: object, depth: number): string {
  return Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${"  ".repeat(depth)}${JSON.stringify(name)}: ${lineText(value)}`)
    .join(",\n");
}

/** JSON on one line, with the blanks that people put. */
function lineText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(lineText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  if (members.length === 0) return "{}";
  return `{ ${members.map(([name, member]) => `${JSON.stringify(name)}: ${lineText(member)}`).join(", ")} }`;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
