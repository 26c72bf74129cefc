import type { SQLOutputValue } from "node:sqlite";
import type { Reason } from "../../errors/reason.ts";
import type { RejectionStage } from "../../rejection/rejection.ts";
import type { SourcePosition } from "../../source/source-record.ts";
import type { AttemptOutcome } from "../ledger/ledger-attempts.ts";
import type { ValueChange } from "./value-change.ts";

/** Why a record is among those that are loaded again. */
export type ResubmittedBecause =
  /** It was rejected, and it was asked for. */
  | "rejected"
  /** It was rejected because it refers to such a record. */
  | "depends"
  /** It was loaded; a record that belongs to it is loaded again, and F&O takes that only inside it. */
  | "belongs";

/** A record that may be loaded again, as it was when it was rejected last. */
export interface RejectedRecord {
  /** DMF label. */
  readonly entity: string;
  readonly legalEntity: string | undefined;
  /** In its own source, whatever it was corrected in. */
  readonly position: SourcePosition;
  readonly raw: string;
  /** Empty for a record that could not be read. */
  readonly columns: readonly string[];
  readonly values: readonly string[];
  readonly stage: RejectionStage;
  readonly reasons: readonly Reason[];
  readonly key: readonly string[] | undefined;
  readonly mapped: Readonly<Record<string, string>> | undefined;
  /** The run that rejected it so. */
  readonly run: string;
}

/** A record of the store. */
export interface StoredRecord extends RejectedRecord {
  readonly id: number;
  readonly because: ResubmittedBecause | undefined;
  /** Whether the file with corrections had it. */
  readonly corrected: CorrectedPlace | undefined;
  readonly changes: readonly ValueChange[];
  /** Somebody took it out of the corrected file. */
  readonly leftOut: boolean;
  /** The later run that settled it, and how: it is not loaded again. */
  readonly done: { readonly run: string; readonly outcome: AttemptOutcome } | undefined;
}

/** Where a record stands in a file that somebody corrected. */
export interface CorrectedPlace {
  readonly file: string;
  /** As a spreadsheet numbers it. */
  readonly row: number;
}

/** A row of the store's table of records; `columns`: the names of the columns its values are of. */
export function storedRecord(
  row: Readonly<Record<string, SQLOutputValue>>,
  columns: readonly string[],
): StoredRecord {
  const text = (name: string): string | undefined => (row[name] === null ? undefined : String(row[name]));
  const json = (name: string): unknown => {
    const written = text(name);
    return written === undefined ? undefined : JSON.parse(written);
  };
  const correctedFile = text("corrected_file");
  return {
    id: Number(row["id"]),
    entity: String(row["entity"]),
    legalEntity: text("company"),
    position: {
      file: String(row["file"]),
      record: Number(row["record"]),
      line: Number(row["line"]),
      byteOffset: Number(row["byte_offset"]),
      byteLength: Number(row["byte_length"]),
    },
    raw: String(row["raw"]),
    columns,
    values: (json("content") ?? []) as string[],
    stage: String(row["stage"]) as RejectionStage,
    reasons: (json("reasons") ?? []) as Reason[],
    key: json("key") as string[] | undefined,
    mapped: json("mapped") as Record<string, string> | undefined,
    run: String(row["run"]),
    because: text("because") as ResubmittedBecause | undefined,
    corrected:
      correctedFile === undefined ? undefined : { file: correctedFile, row: Number(row["corrected_row"]) },
    changes: (json("changes") ?? []) as ValueChange[],
    leftOut: row["left_out"] === 1,
    done:
      text("done_run") === undefined
        ? undefined
        : { run: String(row["done_run"]), outcome: String(row["done_outcome"]) as AttemptOutcome },
  };
}
