import type { Reason } from "../errors/reason.ts";
import type { SourcePosition } from "../source/source-record.ts";
import type { RejectionHistory } from "./trend/standing.ts";

/** Where on its way a record was refused. */
export type RejectionStage = "source" | "mapping" | "validation" | "staging" | "target";

/** One refused source record with every reason for it. */
export interface Rejection {
  /** DMF label. */
  readonly entity: string;
  /** Absent where the record never got as far as a legal entity. */
  readonly legalEntity?: string;
  readonly stage: RejectionStage;
  /** Values of the key fields, in key order; absent where the record never had any. */
  readonly key?: readonly string[];
  readonly reasons: readonly Reason[];
  readonly position: SourcePosition;
  /** Names of the source columns and their untouched values; empty for an unreadable record. */
  readonly columns: readonly string[];
  readonly values: readonly string[];
  /** The record's text exactly as it stands in the source, without its line end. */
  readonly raw: string;
  /** Target field → value, as far as it was mapped. */
  readonly mapped?: Readonly<Record<string, string>>;
  /** Execution id of the package that carried the record, for stages staging and target. */
  readonly executionId?: string;
  /** More than one record fits the message of F&O; it is shown at each. */
  readonly ambiguous?: true;
  /** Of a resubmission: where the values were corrected; rows as a spreadsheet numbers them. */
  readonly corrected?: { readonly file: string; readonly row: number };
  /** What earlier runs know of it; absent where there is none to compare with. */
  readonly history?: RejectionHistory;
}

/** What F&O said that no record could be found for. Listed in the report, never dropped. */
export interface UnattributedMessage {
  readonly entity: string;
  readonly legalEntity: string;
  readonly executionId: string;
  /** The channel the message came from. */
  readonly channel: "staging error file" | "target error keys" | "execution errors";
  readonly recordId: string;
  readonly message: string;
  /** Why it is harmless, where the project has declared it so. */
  readonly noise?: string;
}
