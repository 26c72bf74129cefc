import { existsSync } from "node:fs";
import { normalizeKey, normalizeKeyAt } from "../../entity/record-key.ts";
import type { RecordMapper } from "../../mapping/compile-mapping.ts";
import { readPackageRows, type PackageRows } from "../../package/read-package.ts";
import { readRejections } from "../../rejection/rejection-ndjson.ts";
import type { Project } from "../../project/project.ts";
import { rowsOfPart } from "../composite/composite-outcome.ts";
import type { LedgerPackage, LedgerPart, LedgerRun } from "../ledger/ledger-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { RowIndex } from "../reading/row-index.ts";
import { RunFolder } from "../run-folder.ts";
import { itemOf } from "./resubmission-source.ts";
import type { ResubmissionStore } from "./resubmission-store.ts";
import type { StoredRecord } from "./stored-record.ts";

/**
 * Finds out which corrected keys another record has, that the load or a resubmission of its records has loaded: F&O would
 * take the corrected record for that one, and go over it. Only where keys were corrected, packages are read again.
 * Returns the runs whose packages are gone, so that nobody knows. Throws DMFP-RUN-FILE for packages that are broken.
 */
export async function noteTakenKeys(
  planned: readonly PlannedLoad[],
  store: ResubmissionStore,
  about: { readonly chain: readonly LedgerRun[]; readonly ledger: Ledger; readonly project: Project },
): Promise<readonly string[]> {
  const gone = new Set<string>();
  for (const load of planned) {
    if (keyColumnsOf(load) === undefined) continue;
    const wanted = newKeys(load, store);
    if (wanted.size === 0) continue;
    for (const run of about.chain) {
      const folder = new RunFolder(about.project.root, run.id);
      const { label } = load.schema;
      const position = about.ledger.counts(run.id).find(({ entity }) => entity === label)?.position ?? 0;
      for (const pack of about.ledger.packages(run.id)) {
        const part = pack.parts.find(({ entity }) => entity === label);
        if (part === undefined || pack.pass === 2 || pack.state !== "done") continue;
        if (!existsSync(folder.packageFile(pack.key))) {
          gone.add(run.id);
          continue;
        }
        const rows = rowsOf(about.project, load, { part, packageFile: folder.packageFile(pack.key) });
        for await (const found of loadedKeys(load, wanted, { folder, pack, position, rows })) {
          store.noteTakenKey(label, found.key, `on line ${found.line}, loaded by run ${run.id}`);
        }
      }
    }
  }
  return [...gone];
}

/** What a key is looked for by, together with the company where it counts. */
export function takenKey({ schema }: Pick<PlannedLoad, "schema">, legalEntity: string, key: string): string {
  return `${schema.scope === "shared" ? "" : legalEntity}\n${key}`;
}

function keyColumnsOf({ schema, mapping }: PlannedLoad): readonly number[] | undefined {
  const columns = schema.keys.map((field) => mapping.targetFields.indexOf(field));
  return columns.length === 0 || columns.includes(-1) ? undefined : columns;
}

/** Keys that records have now and had not when they were rejected, or that others had, too. */
function newKeys(load: PlannedLoad, store: ResubmissionStore): ReadonlySet<string> {
  const columns = keyColumnsOf(load) ?? [];
  const mappers = new Map<string, RecordMapper>();
  const keys = new Set<string>();
  for (const record of store.records(load.schema.label, { selected: true })) {
    // What is loaded already and only taken along has the key of itself.
    if (record.because === "belongs" && record.reasons.length === 0) continue;
    if (record.changes.length === 0 && record.key !== undefined && !isDuplicate(record)) continue;
    const item = itemOf(record, record.columns);
    if (item.kind !== "record") continue;
    const names = record.columns.join("\n");
    let mapper = mappers.get(names);
    if (mapper === undefined) mappers.set(names, (mapper = load.mapping.bind(record.columns)));
    const result = mapper.map(item);
    if (result.kind === "filtered") continue;
    const key = normalizeKeyAt(result.values, columns);
    const before = record.key === undefined ? undefined : normalizeKey(record.key);
    if (key !== before || isDuplicate(record)) keys.add(takenKey(load, result.legalEntity ?? "", key));
  }
  return keys;
}

function isDuplicate({ reasons }: StoredRecord): boolean {
  return reasons.some(({ code }) => code === "DMFP-KEY-DUPLICATE");
}

/** The rows of an entity in a package; those of a part of a composite entity lie among the others. */
function rowsOf(
  project: Project,
  load: PlannedLoad,
  { part, packageFile }: { readonly part: LedgerPart; readonly packageFile: string },
): AsyncIterable<PackageRows> {
  return load.composite === undefined
    ? readPackageRows(packageFile, part.dataFile)
    : rowsOfPart(project, load.composite.of, { part, planned: load, packageFile });
}

/** Those of the keys that records of a package have which F&O took, and the lines of these records. */
async function* loadedKeys(
  load: PlannedLoad,
  wanted: ReadonlySet<string>,
  about: {
    readonly folder: RunFolder;
    readonly pack: LedgerPackage;
    readonly position: number;
    readonly rows: AsyncIterable<PackageRows>;
  },
): AsyncGenerator<{ readonly key: string; readonly line: number }> {
  const { folder, pack, position, rows: all } = about;
  const found: { readonly key: string; readonly row: number }[] = [];
  for await (const { header, firstRow, rows } of all) {
    const columns = load.schema.keys.map((field) => header.indexOf(field));
    for (const [index, values] of rows.entries()) {
      const key = takenKey(load, pack.legalEntity, normalizeKeyAt(values, columns));
      if (wanted.has(key)) found.push({ key, row: firstRow + index });
    }
  }
  if (found.length === 0) return;
  const refused = new Set<string>();
  const rejections = folder.packageRejections(pack.key, position);
  if (existsSync(rejections)) {
    const keys = new Set(found.map(({ key }) => key));
    for await (const { key = [], position: at } of readRejections(rejections)) {
      if (keys.has(takenKey(load, pack.legalEntity, normalizeKey(key))))
        refused.add(`${at.record}:${at.line}`);
    }
  }
  const index = await RowIndex.open(folder.rowIndexFile(pack.key, position));
  try {
    for (const { key, row } of found) {
      const { position: at } = await index.find(row);
      if (!refused.has(`${at.record}:${at.line}`)) yield { key, line: at.line };
    }
  } finally {
    await index.close();
  }
}
