import type { DataFormat } from "./data-format.ts";
import type { FindingLog } from "./finding-log.ts";
import type { LintPlace } from "./lint-finding.ts";
import type { ManifestEntityData } from "./manifest-entity.ts";

/** Judges one data file, of which it is given the bytes in order. */
export interface DataJudge {
  feed(chunk: Buffer): void;
  /** The end of the file; returns the number of records, or undefined where they cannot be counted. */
  end(): number | undefined | Promise<number | undefined>;
}

/** What a judge of data files knows before it begins. */
export interface DataContext {
  readonly entry: string;
  readonly sizeBytes: number;
  readonly entity: ManifestEntityData;
  readonly format: DataFormat;
  readonly log: FindingLog;
}

/** A place in the data file. */
export function dataPlace(
  context: DataContext,
  at: { readonly line?: number; readonly field?: string } = {},
): LintPlace {
  return { entry: context.entry, entity: context.entity.label, ...at };
}
