import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { MappingDefinition } from "./mapping-definition.ts";
import { YamlFile } from "./yaml-file.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()], "an expression, as text");

/** mappings/<entity>.yaml. */
export const mappingShape = z.strictObject({
  entity: z.string().min(1),
  source: z.strictObject({
    file: z.string().min(1),
    delimiter: z.string().min(1).optional(),
    encoding: z.enum(["utf-8", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1"]).optional(),
    quote: z.string().max(1).optional(),
    record: z.string().startsWith("/", "a path such as /Customers/Customer").optional(),
  }),
  legalEntity: scalar.optional(),
  where: z.string().optional(),
  dependsOn: z.array(z.string()).default([]),
  fields: z.record(z.string().regex(/^[A-Z0-9_]+$/, "a field's name in upper case"), scalar),
  controlTotals: z.record(z.string(), z.string()).default({}),
});

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
  return {
    file: name,
    entity: yaml.text("entity"),
    sourceFile: yaml.text("source", "file"),
    sourceFormat: {
      encoding: data.source.encoding,
      delimiter: data.source.delimiter,
      quote: data.source.quote,
      record: data.source.record,
      maxRecordBytes: options.recordBytes,
    },
    ...(data.legalEntity === undefined ? {} : { legalEntity: yaml.text("legalEntity") }),
    ...(data.where === undefined ? {} : { where: yaml.text("where") }),
    fields: Object.keys(data.fields).map((field) => ({
      name: yaml.key("fields", field),
      expression: yaml.text("fields", field),
    })),
    dependsOn: data.dependsOn.map((_label, index) => yaml.text("dependsOn", index)),
    controlTotals: new Map(
      Object.keys(data.controlTotals).map((total) => [total, yaml.text("controlTotals", total)]),
    ),
  };
}
