import { existsSync, statSync } from "node:fs";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { OpenSource } from "../../source/opened-source.ts";
import type { SourceItem } from "../../source/source-record.ts";
import type { PlannedLoad, PlannedSource } from "../load-plan.ts";
import { ResubmissionStore } from "./resubmission-store.ts";
import type { StoredRecord } from "./stored-record.ts";
import { valueOf } from "./value-change.ts";

const batchRecords = 256;

/**
 * The entities of a load with the records of a resubmission as their sources: each record keeps the place it has in its
 * own source, and is read as it was corrected. Entities without records are left out, unless they are parts of a composite
 * entity that has some. What the sender declared of the whole extract, and budgets for it, do not hold for a few records
 * that were all rejected before.
 *
 * Throws DMFP-RUN-FILE where the run's file is gone, and DMFP-MAPPING-COLUMN.
 */
export function withResubmitted(planned: readonly PlannedLoad[], file: string): readonly PlannedLoad[] {
  if (!existsSync(file)) {
    throw new DmfpipeError("DMFP-RUN-FILE", `${file} is missing: the records that are loaded again.`, {
      at: { file },
    });
  }
  const store = ResubmissionStore.open(file);
  try {
    const entities = new Set(store.entities());
    const needed = (load: PlannedLoad): boolean =>
      entities.has(load.schema.label) ||
      (load.composite?.of.parts.some(({ label }) => entities.has(label)) ?? false);
    return planned.filter(needed).map((load) => {
      const { schema, definition } = load;
      const { rejections, ...unlimited } = definition;
      const sources = store.files(schema.label).map((name) => resubmittedSource(load, { file, name, store }));
      const declared = { values: [], files: [], problems: [] };
      const takenKeys = store.takenKeys(schema.label);
      const own = rejections === undefined ? definition : unlimited;
      return { ...load, definition: own, sources, declared, ...(takenKeys.size === 0 ? {} : { takenKeys }) };
    });
  } finally {
    store.close();
  }
}

function resubmittedSource(
  { schema, mapping }: PlannedLoad,
  about: { readonly file: string; readonly name: string; readonly store: ResubmissionStore },
): PlannedSource {
  const { file, name, store } = about;
  const { label } = schema;
  const known = store.columnsOf(label, name);
  // Of records none of which could be read, nobody knows the columns; nor does anybody need them.
  const columns = known.length === 0 ? mapping.sourceColumns : known;
  const recordsBefore = store.recordsBefore(label, name);
  return {
    path: file,
    name,
    source: sourceOf(file, { entity: label, name, columns }),
    mapper: mapping.bind(columns),
    ...(recordsBefore === undefined ? {} : { recordsBefore }),
    openReader: () => {
      const records = ResubmissionStore.open(file);
      return Promise.resolve({
        read: (position) => {
          const record = records.find(label, name, position.record);
          if (record === undefined)
            throw new DmfpipeError("DMFP-RUN-FILE", `${file} has no record ${position.record} of ${name}.`);
          const { raw, corrected } = record;
          const values = record.columns.length === 0 ? [] : aligned(record, columns);
          return Promise.resolve({ raw, values, ...(corrected === undefined ? {} : { corrected }) });
        },
        close: () => {
          records.close();
          return Promise.resolve();
        },
      });
    },
  };
}

function sourceOf(
  file: string,
  about: { readonly entity: string; readonly name: string; readonly columns: readonly string[] },
): OpenSource {
  const { entity, name, columns } = about;
  // eslint-disable-next-line @typescript-eslint/require-await -- a source is read as it comes from a disk
  async function* batches(): AsyncGenerator<readonly SourceItem[]> {
    const store = ResubmissionStore.open(file);
    try {
      let items: SourceItem[] = [];
      for (const record of store.records(entity, { file: name })) {
        items.push(itemOf(record, columns));
        if (items.length < batchRecords) continue;
        yield items;
        items = [];
      }
      if (items.length > 0) yield items;
    } finally {
      store.close();
    }
  }
  return { columns, sizeBytes: statSync(file).size, neverSeen: () => [], batches, passing: batches };
}

/** A record that could not be read, and was not corrected, cannot be read now. */
export function itemOf(record: StoredRecord, columns: readonly string[]): SourceItem {
  const { position, reasons } = record;
  if (record.columns.length === 0) return { kind: "unreadable", position, reasons };
  return { kind: "record", position, values: aligned(record, columns) };
}

function aligned(record: StoredRecord, columns: readonly string[]): readonly string[] {
  if (record.columns.join("\n") === columns.join("\n")) return record.values;
  return columns.map((column) => valueOf(record, column) ?? "");
}
