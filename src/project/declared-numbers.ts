import { z } from "zod";
import type { DeclaredDefinition } from "./mapping-definition.ts";
import type { YamlFile } from "./yaml-file.ts";

// Said at each place: which of them zod takes depends on the value.
const countWords = "a number of records, such as 20605";
const count = z.union(
  [z.number().int(countWords).nonnegative(countWords), z.string().regex(/^\d+$/, countWords)],
  countWords,
);

const amountWords = 'a number, such as "1234567.89"';
const amount = z.union([z.number(), z.string().regex(/^[+-]?\d+([.,]\d+)?$/, amountWords)], amountWords);

/** `declared` of a mapping. */
export const declaredShape = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        "File with lines such as records,20605; .json or .yaml also work. {name} is the source file's name without its ending.",
      ),
    records: count.optional().describe("Number of records of all source files together."),
    totals: z.record(z.string(), amount).default({}).describe("Name of a control total: its sum."),
  })
  .refine(
    ({ file, records, totals }) =>
      file !== undefined || records !== undefined || Object.keys(totals).length > 0,
    "it says a file, records or totals",
  )
  .describe(
    "The sender's own numbers of the extract. Nothing is sent when they are not those that were read.",
  );

/** The declared numbers of a mapping file, each with its place. */
export function declaredOf(yaml: YamlFile<unknown>, data: z.infer<typeof declaredShape>): DeclaredDefinition {
  return {
    ...(data.file === undefined ? {} : { file: yaml.text("declared", "file") }),
    ...(data.records === undefined ? {} : { records: yaml.text("declared", "records") }),
    totals: new Map(Object.keys(data.totals).map((name) => [name, yaml.text("declared", "totals", name)])),
  };
}
