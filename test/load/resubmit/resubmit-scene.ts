import { readFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "csv-stringify/sync";
import { parse } from "csv-parse/sync";
import { systemClock } from "../../../src/errors/clock.ts";
import { recordHistory, type RecordInRun } from "../../../src/load/explain/record-history.ts";
import type { LoadOptions, RunResult } from "../../../src/load/load-options.ts";
import type { ResubmitRequest } from "../../../src/load/resubmit/prepare-resubmission.ts";
import { resubmitRejected } from "../../../src/load/run-load.ts";
import { readRejections } from "../../../src/rejection/rejection-ndjson.ts";
import type { Rejection } from "../../../src/rejection/rejection.ts";
import type { LoadScene } from "../load-scene.ts";

/** A file of rejected records, as a table: row 0 is the header. */
export type RejectedTable = string[][];

/** The file of rejected records of an entity. `name`: without `.rejected.csv`. */
export function rejectedTable(result: RunResult, name: string): RejectedTable {
  const text = readFileSync(path.join(result.folder.rejections, `${name}.rejected.csv`), "utf8");
  return parse(text, { bom: true, delimiter: text.includes(";_reject_stage;") ? ";" : "," });
}

/** Puts the table into the project as Excel saves it elsewhere: another delimiter, no byte order mark. */
export function saveTable(scene: LoadScene, name: string, table: RejectedTable): string {
  scene.project.write(name, stringify(table, { delimiter: "\t", record_delimiter: "\r\n" }));
  return path.join(scene.project.root, name);
}

/** Changes a value of the row whose first column has this value. */
export function correct(table: RejectedTable, first: string, column: string, value: string): void {
  const row = table.find(([cell]) => cell === first);
  const at = table[0]?.indexOf(column) ?? -1;
  if (row === undefined || at === -1) throw new Error(`no ${first}, or no ${column}`);
  row[at] = value;
}

export async function resubmit(
  scene: LoadScene,
  files: readonly string[] = [],
  request: Partial<ResubmitRequest> = {},
  options: LoadOptions = scene.options(),
): Promise<RunResult> {
  const corrected = files.map((file) => ({ path: file, name: path.basename(file) }));
  return await resubmitRejected(options, { corrected, doubtful: "refuse", ...request });
}

export async function rejectionsOf({ folder }: RunResult): Promise<Rejection[]> {
  return await Array.fromAsync(readRejections(folder.rejectionsFile));
}

/** The story of a record, the latest run first. `raw`: as it stands in its source. */
export async function storyOf(
  scene: LoadScene,
  record: { readonly entity: string; readonly file: string; readonly line: number; readonly raw: string },
): Promise<readonly RecordInRun[]> {
  const { entity, file, line, raw } = record;
  const { project } = scene.options();
  const text = readFileSync(path.join(project.root, file), "utf8");
  const byteOffset = Buffer.byteLength(text.slice(0, text.indexOf(raw)));
  const position = { file, line, record: line - 1, byteOffset, byteLength: Buffer.byteLength(raw) };
  return (await recordHistory(project, { entity, position, raw }, systemClock)).runs;
}
