import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { declaredOf, declaredShape } from "./declared-numbers.ts";
import { expectationsOf, expectShape } from "./expectation-file.ts";
import type { Located } from "./located.ts";
import type { JoinDefinition, MappingDefinition } from "./mapping-definition.ts";
import { mappingPackageShape, packageSettingsOf } from "./package-settings.ts";
import { budgetShape } from "./rejection-budget.ts";
import type { SourceFormat } from "./source-format.ts";
import { YamlFile } from "./yaml-file.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()], "an expression, as text");

const oneOrMore = z.union([scalar, z.array(scalar).min(1).max(10)], "a column, or a list of columns");

/** How a file is read, be it the source itself or one that is joined. */
const fileShape = {
  file: z.string().min(1).describe("Path below the project's root."),
  delimiter: z.string().min(1).optional().describe("CSV: what stands between the fields. Default: a comma."),
  encoding: z.enum(["utf-8", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1"]).optional(),
  quote: z.string().max(1).optional().describe('CSV: the quote character, empty for none. Default: ".'),
  record: z
    .string()
    .startsWith("/", "a path such as /Customers/Customer")
    .optional()
    .describe("XML: path of the record element."),
  rows: z
    .string()
    .min(1)
    .optional()
    .describe(
      "XML: path of a repeated element inside the record, such as Lines/Line; each is a record then.",
    ),
};

const joinShape = z.strictObject({
  ...fileShape,
  key: oneOrMore.describe("Columns of this file that make the key."),
  on: oneOrMore
    .optional()
    .describe("Expressions over the source that give the key. Default: columns of the same name."),
  missing: z
    .enum(["reject", "empty"])
    .default("reject")
    .describe("What becomes of a record without a partner: it is rejected, or has empty values."),
});

/** mappings/<entity>.yaml. */
export const mappingShape = z.strictObject({
  entity: z.string().min(1).describe("DMF label of the entity, as the Data management workspace shows it."),
  source: z.strictObject({
    ...fileShape,
    file: z
      .string()
      .min(1)
      .describe("Path below the project's root; a pattern such as samples/vendors-*.csv for several files."),
  }),
  join: z
    .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, "letters, digits and _, a letter first"), joinShape)
    .default({})
    .describe("Second sources; their columns are written name.COLUMN."),
  legalEntity: scalar.optional().describe("A company code, or an expression that gives one."),
  where: z.string().optional().describe("Condition; records that do not meet it are left out."),
  dependsOn: z
    .array(z.string())
    .default([])
    .describe("Entities that must be loaded first, beside those dmfpipe knows of."),
  fields: z
    .record(z.string().regex(/^[A-Z0-9_]+$/, "a field's name in upper case"), scalar)
    .describe("Target field: expression."),
  twoPass: z
    .union([z.string(), z.array(z.string()).min(1)], "a field of the mapping, or a list of them")
    .optional()
    .describe(
      "Fields that are filled in a second pass, when everything they refer to is loaded: for records that refer to each other.",
    ),
  controlTotals: z
    .record(z.string(), z.string())
    .default({})
    .describe("Name: source column that is added up."),
  expect: expectShape,
  rejections: budgetShape
    .optional()
    .describe('How many records of this entity may be rejected before a load is stopped: 50, or "2%".'),
  declared: declaredShape.optional(),
  package: mappingPackageShape.prefault({}).describe("How the packages of this entity are made."),
});

type FileSettings = Pick<SourceFormat, "encoding" | "delimiter" | "quote" | "record" | "rows">;

/**
 * Reads one mapping file and checks its shape; expressions stay text.
 *
 * Throws DMFP-MAPPING-INVALID with file, line and column.
 */
export function readMapping(options: {
  /** Absolute. */
  readonly path: string;
  readonly root: string;
  /** Greatest size of one source record, bytes. */
  readonly recordBytes: number;
}): MappingDefinition {
  const name = path.relative(options.root, options.path);
  const yaml = YamlFile.parse(readFileSync(options.path, "utf8"), name, mappingShape, "DMFP-MAPPING-INVALID");
  const { data } = yaml;
  demandRecord(yaml, "source");
  return {
    file: name,
    entity: yaml.text("entity"),
    sourceFile: yaml.text("source", "file"),
    sourceFormat: formatOf(data.source, options.recordBytes),
    joins: Object.keys(data.join).map((join) => joinOf(yaml, join, options.recordBytes)),
    ...(data.legalEntity === undefined ? {} : { legalEntity: yaml.text("legalEntity") }),
    ...(data.where === undefined ? {} : { where: yaml.text("where") }),
    fields: Object.keys(data.fields).map((field) => ({
      name: yaml.key("fields", field),
      expression: yaml.text("fields", field),
    })),
    dependsOn: data.dependsOn.map((_label, index) => yaml.text("dependsOn", index)),
    ...(data.twoPass === undefined ? {} : { twoPass: textsAt(yaml, data.twoPass, "twoPass") }),
    controlTotals: new Map(
      Object.keys(data.controlTotals).map((total) => [total, yaml.text("controlTotals", total)]),
    ),
    expectations: expectationsOf(yaml),
    package: packageSettingsOf(yaml),
    ...(data.rejections === undefined ? {} : { rejections: data.rejections }),
    ...(data.declared === undefined ? {} : { declared: declaredOf(yaml, data.declared) }),
  };
}

function formatOf(settings: FileSettings, maxRecordBytes: number): SourceFormat {
  const { encoding, delimiter, quote, record, rows } = settings;
  return { encoding, delimiter, quote, record, rows, maxRecordBytes };
}

/** Rows are inside a record. */
function demandRecord(yaml: YamlFile<z.infer<typeof mappingShape>>, ...path: string[]): void {
  const settings = path.length === 1 ? yaml.data.source : yaml.data.join[path[1] ?? ""];
  if (settings?.rows === undefined || settings.record !== undefined) return;
  throw new DmfpipeError("DMFP-MAPPING-INVALID", `${yaml.name}: ${path.join(".")} has rows, but no record.`, {
    at: { file: yaml.name, ...yaml.position(...path, "rows") },
    next: "Say with record which element the rows are in: record: /Orders/Order, rows: Lines/Line.",
  });
}

function joinOf(
  yaml: YamlFile<z.infer<typeof mappingShape>>,
  name: string,
  recordBytes: number,
): JoinDefinition {
  const settings = yaml.data.join[name];
  if (settings === undefined) throw new DmfpipeError("DMFP-BUG", `${yaml.name} has no join ${name}.`);
  demandRecord(yaml, "join", name);
  const key = textsAt(yaml, settings.key, "join", name, "key");
  const on = settings.on === undefined ? key : textsAt(yaml, settings.on, "join", name, "on");
  if (on.length !== key.length) {
    const { line, column } = yaml.position("join", name, "on");
    throw new DmfpipeError(
      "DMFP-MAPPING-INVALID",
      `${yaml.name}: join.${name} has ${key.length} key ${key.length === 1 ? "column" : "columns"} and ${on.length} under on.`,
      {
        at: { file: yaml.name, line, column },
        next: "Give one expression under on for each column under key.",
      },
    );
  }
  return {
    name: yaml.key("join", name),
    sourceFile: yaml.text("join", name, "file"),
    sourceFormat: formatOf(settings, recordBytes),
    key,
    on,
    missing: settings.missing,
  };
}

/** The texts of a setting that is one value or a list of values. */
function textsAt(
  yaml: YamlFile<z.infer<typeof mappingShape>>,
  value: unknown,
  ...path: string[]
): readonly Located<string>[] {
  if (!Array.isArray(value)) return [yaml.text(...path)];
  return value.map((_, index) => yaml.text(...path, index));
}
