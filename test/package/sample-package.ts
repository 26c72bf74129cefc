import { createHash } from "node:crypto";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import type { EntitySchema } from "../../src/entity/entity-schema.ts";
import type { PackageOptions } from "../../src/package/package-writer.ts";

export function schemaOf(label: string): EntitySchema {
  const schema = EntityCatalogue.builtIn().find(label);
  if (schema === undefined) throw new Error(`the catalogue has no ${label}`);
  return schema;
}

/** A package of exchange rates in the folder. */
export function sampleOptions(folder: string): PackageOptions {
  return {
    folder,
    fileName: "001-exchange-rates-usmf-001.zip",
    project: "samples",
    description: "Sample extracts",
    schema: schemaOf("Exchange rates"),
    fields: ["RATETYPENAME", "FROMCURRENCY", "TOCURRENCY", "STARTDATE", "RATE"],
    executionUnit: 1,
    level: 2,
    sequence: 1,
  };
}

export const sampleDataFile = "Exchange rates.csv";

/** The nth record in canonical form; the same n always gives the same record. */
export function sampleRecord(number: number): string[] {
  const text = createHash("sha256").update(String(number)).digest("base64");
  return [`Type ${text}`, "EUR", "USD", "2026-01-31", `${number}.5`];
}

/** The same record as the data file holds it. */
export function writtenRecord(number: number): string[] {
  return sampleRecord(number).with(3, "2026-01-31 00:00:00");
}
