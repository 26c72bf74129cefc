import { normalizeKey, normalizeKeyAt } from "../../entity/record-key.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { SourcePosition } from "../../source/source-record.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { Packaging } from "../packing/packaging.ts";
import type { LoadEvent } from "../run-log.ts";

/** Something that happened several times; the first of it is shown. */
interface Sighting {
  times: number;
  readonly first: string;
}

/**
 * Watches over the documents of an entity while its records are packed: which of them could not be kept in one
 * package, and which have more records than F&O takes well.
 */
export class DocumentWatch {
  readonly #planned: PlannedLoad;
  readonly #document: NonNullable<Packaging["document"]>;
  readonly #log: (event: LoadEvent) => void;
  readonly #columns: readonly number[];
  readonly #groupColumns: readonly number[];
  /** Records of each document and group in the open package, by legal entity. */
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #sightings = new Map<"torn" | "large document" | "large group", Sighting>();

  constructor(options: {
    readonly planned: PlannedLoad;
    readonly document: NonNullable<Packaging["document"]>;
    readonly log: (event: LoadEvent) => void;
  }) {
    const { planned, document, log } = options;
    this.#planned = planned;
    this.#document = document;
    this.#log = log;
    const columnsOf = (fields: readonly string[]): number[] =>
      fields.map((field) => planned.mapping.targetFields.indexOf(field));
    this.#columns = columnsOf(document.fields);
    const group = columnsOf(document.group?.fields ?? []);
    this.#groupColumns = group.includes(-1) ? [] : group;
  }

  /** The document of a record as one text; undefined for a record that names none. */
  documentOf(values: readonly string[]): string | undefined {
    const text = normalizeKeyAt(values, this.#columns);
    return text === normalizeKey(this.#columns.map(() => "")) ? undefined : text;
  }

  /** A record was placed. */
  note(
    legalEntity: string,
    record: { readonly values: readonly string[]; readonly position: SourcePosition },
    placed: { readonly torn: boolean; readonly newPackage: boolean },
  ): void {
    const document = this.documentOf(record.values);
    if (document === undefined) return;
    if (placed.torn) this.#see("torn", record);
    const { advisedRecords, group } = this.#document;
    if (advisedRecords === undefined && group === undefined) return;
    let counts = this.#counts.get(legalEntity);
    if (counts === undefined || placed.newPackage)
      this.#counts.set(legalEntity, (counts = new Map<string, number>()));
    if (advisedRecords !== undefined && counted(counts, document) === advisedRecords + 1) {
      this.#see("large document", record);
    }
    if (group === undefined || this.#groupColumns.length === 0) return;
    // Marked, so that a group of a document is not counted with a document of the same name.
    const name = `\u0000${normalizeKeyAt(record.values, this.#groupColumns)}`;
    if (counted(counts, name) === group.advisedRecords + 1) this.#see("large group", record);
  }

  /** Tells what was seen. Throws DMFP-DOCUMENT-TORN where the mapping demands whole documents. */
  tell(): void {
    const { schema, definition } = this.#planned;
    const { fields, advisedRecords, group, demanded } = this.#document;
    const torn = this.#sightings.get("torn");
    if (torn !== undefined) {
      const what = `${schema.label}: records with the same ${fields.join(", ")} do not stand together in the source, so that they go into several packages: ${places(torn)}.`;
      const next = `Sort the extract by the columns behind ${fields.join(", ")}.`;
      if (demanded) {
        const [field] = definition.package.keepTogether;
        throw new DmfpipeError("DMFP-DOCUMENT-TORN", what, {
          at: {
            file: definition.file,
            ...(field === undefined ? {} : { line: field.line, column: field.column }),
          },
          next,
        });
      }
      this.#log({ kind: "warning", text: `${what} ${next}` });
    }
    const large = this.#sightings.get("large document");
    if (large !== undefined) {
      const text = `${schema.label}: a ${fields.join(" + ")} should have at most ${String(advisedRecords)} records, as Microsoft advises; more have ${places(large)}.`;
      this.#log({ kind: "warning", text });
    }
    const grouped = this.#sightings.get("large group");
    if (grouped !== undefined) {
      const text = `${schema.label}: a ${group?.fields.join(" + ") ?? ""} should have at most ${String(group?.advisedRecords)} records, as Microsoft advises; more have ${places(grouped)}.`;
      this.#log({ kind: "warning", text });
    }
  }

  #see(
    what: "torn" | "large document" | "large group",
    record: { readonly values: readonly string[]; readonly position: SourcePosition },
  ): void {
    const known = this.#sightings.get(what);
    if (known !== undefined) {
      known.times++;
      return;
    }
    const { file, line } = record.position;
    const columns = what === "large group" ? this.#groupColumns : this.#columns;
    const name = columns.map((column) => record.values[column] ?? "").join(", ");
    this.#sightings.set(what, { times: 1, first: `${name} (${file}, line ${line})` });
  }
}

/** The count of a name, one more than before. */
function counted(counts: Map<string, number>, name: string): number {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return count;
}

/** `A (data/lines.csv, line 5), and 3 more`. */
function places({ first, times }: Sighting): string {
  return times === 1 ? first : `${first}, and ${times - 1} more`;
}
