import type { EntitySchema } from "../entity/entity-schema.ts";
import type { FileColumn } from "./field-map.ts";

/** What a data file has before, for and after its records, as text. */
export interface RecordEncoder {
  readonly header: string;
  readonly footer: string;
  /** One record with its line end; the canonical values are aligned with the columns. */
  readonly record: (values: readonly string[]) => string;
}

/** How the data file of an entity is written: one of the environment's source data formats. */
export interface EntityFileFormat {
  /** Name of the source data format in the environment, as the manifest gives it. */
  readonly sourceFormat: string;
  readonly kind: "delimited" | "xml";
  /** Of a delimited file: between its columns. */
  readonly delimiter?: string;
  /** Of the data file's name, with its dot. */
  readonly extension: ".csv" | ".xml";
  readonly encoding: "utf-16le" | "utf-8";
  /**
   * The encoder for a data file with these columns. Throws DMFP-MAPPING-FIELD where a name cannot stand in a file of
   * this format.
   */
  readonly begin: (schema: EntitySchema, columns: readonly FileColumn[]) => RecordEncoder;
}
