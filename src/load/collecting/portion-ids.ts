import { normalizeKey } from "../../entity/record-key.ts";
import { newRejectedId, RejectedIds, type RejectedId } from "../../rejection/record-ids.ts";
import type { Statement } from "../../rejection/statements.ts";
import type { IncompletePart } from "./error-channels.ts";

/** Different messages of one record that are shown with it; what goes beyond is listed by itself. */
const mostMessages = 1000;

/**
 * Sorts what was said into ids for each incomplete entity of the package: copies of `parts` with ids of their own.
 * `beyond` gets the messages of a record that has a thousand already: so many are no story of one record, but an
 * environment that names all by one id.
 */
export async function idsOfParts<P extends IncompletePart>(
  statements: AsyncIterable<Statement>,
  options: {
    readonly parts: readonly P[];
    /** Where each of them stands in the package. */
    readonly places: readonly number[];
    readonly beyond: (recordId: string, message: string) => Promise<void>;
  },
): Promise<readonly P[]> {
  const { parts, places, beyond } = options;
  const filled = parts.map((part) => ({ ...part, ids: new RejectedIds() }));
  const undecided = new Map<string, RejectedId>();
  for await (const said of statements) {
    const part = said.part === undefined ? undefined : filled[places.indexOf(said.part)];
    const entries =
      part === undefined ? entriesFor(said.id[0] ?? "", filled, undecided) : [part.ids.entry(said.id)];
    for (const entry of entries) {
      if (said.channel === "staging") entry.inStagingFile = true;
      else if (said.channel === "target") entry.inTargetFile = true;
      else if (!note(entry, said.message ?? "")) await beyond(entry.recordId, said.message ?? "");
    }
  }
  return filled;
}

/**
 * Messages carry no name of an entity (Microsoft's documentation of GetExecutionErrors shows none). One goes to the
 * entities whose files name its record; where none does, to every entity that lacks records, as one entry, so that
 * it shows as ambiguous should it fit records of several.
 */
function entriesFor(
  recordId: string,
  parts: readonly IncompletePart[],
  undecided: Map<string, RejectedId>,
): Iterable<RejectedId> {
  const naming = parts.length === 1 ? parts : parts.filter(({ ids }) => ids.lists(recordId));
  // One entry may be that of several entities.
  if (naming.length > 0) return new Set(naming.map(({ ids }) => ids.entry([recordId])));
  const text = normalizeKey([recordId]);
  const known = undecided.get(text);
  if (known !== undefined) return [known];
  const entry = newRejectedId(recordId.trim());
  undecided.set(text, entry);
  for (const { ids } of parts) ids.share(entry);
  return [entry];
}

/** False where the record has too many already. The same message twice says nothing new. */
function note(entry: RejectedId, message: string): boolean {
  if (entry.messages.includes(message)) return true;
  if (entry.messages.length >= mostMessages) return false;
  entry.messages.push(message);
  return true;
}
