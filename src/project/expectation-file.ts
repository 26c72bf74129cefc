import { z } from "zod";
import type { ExpectationDefinition, ExpectationKind } from "./mapping-definition.ts";
import type { YamlFile } from "./yaml-file.ts";

const value = z.union([z.string(), z.number(), z.boolean()], "a value");

/** What a field may be expected to do; every expectation says one of these. */
const kinds = ["between", "matches", "in", "unique", "compare", "filled"] as const;

const expectationShape = z
  .strictObject({
    field: z.string().min(1).optional().describe("The field that something is expected of."),
    fields: z
      .array(z.string().min(1))
      .min(1)
      .max(20)
      .optional()
      .describe("Several fields: unique together, or each of them by itself for the other expectations."),
    between: z
      .array(z.union([z.string(), z.number(), z.null()], "a number, a date, or null for no limit"))
      .length(2, "two values, the least and the greatest; null for no limit")
      .optional()
      .describe("The least and the greatest number or date, both included; null for no limit."),
    matches: z.string().min(1).optional().describe("A pattern the whole value fits."),
    in: z.array(value).min(1).optional().describe("The values that are allowed, in any case."),
    unique: z.literal(true, "true, or nothing at all").optional().describe("No two records have the same."),
    compare: z.string().min(1).optional().describe('Another field, for example ">= ADDRESSVALIDFROM".'),
    filled: z.literal(true, "true, or nothing at all").optional().describe("The value must not be empty."),
    when: z.string().min(1).optional().describe("Condition; other records are not looked at."),
    message: z.string().min(1).optional().describe("What a person is told who has to correct the record."),
  })
  .superRefine((entry, context) => {
    if ((entry.field === undefined) === (entry.fields === undefined)) {
      context.addIssue({ code: "custom", message: "either field or fields says what it is about" });
    }
    const said = kinds.filter((kind) => entry[kind] !== undefined);
    if (said.length === 1) return;
    const list = "between, matches, in, unique, compare or filled";
    const message =
      said.length === 0
        ? `one of ${list} says what is expected`
        : `it says ${said.join(" and ")}; make an entry of each`;
    context.addIssue({ code: "custom", message });
  });

/** `expect` of a mapping. */
export const expectShape = z
  .array(expectationShape)
  .default([])
  .describe("What is expected of the values that go to F&O; a record that does not meet it is rejected.");

/** The expectations of a mapping file, in the order in which they are written. */
export function expectationsOf(
  yaml: YamlFile<{ readonly expect: z.infer<typeof expectShape> }>,
): readonly ExpectationDefinition[] {
  return yaml.data.expect.map((entry, index) => ({
    fields:
      entry.fields === undefined
        ? [yaml.text("expect", index, "field")]
        : entry.fields.map((_, place) => yaml.text("expect", index, "fields", place)),
    expected: kindOf(yaml, entry, index),
    ...(entry.when === undefined ? {} : { when: yaml.text("expect", index, "when") }),
    ...(entry.message === undefined ? {} : { message: entry.message.trim() }),
  }));
}

function kindOf(
  yaml: YamlFile<unknown>,
  entry: z.infer<typeof expectationShape>,
  index: number,
): ExpectationKind {
  if (entry.between !== undefined) {
    const [least, greatest] = entry.between.map((end, place) =>
      end === null || end === "" ? undefined : yaml.text("expect", index, "between", place),
    );
    return {
      kind: "between",
      ...(least === undefined ? {} : { least }),
      ...(greatest === undefined ? {} : { greatest }),
    };
  }
  if (entry.matches !== undefined) return { kind: "matches", pattern: yaml.text("expect", index, "matches") };
  if (entry.in !== undefined) {
    return { kind: "in", values: entry.in.map((_, place) => yaml.text("expect", index, "in", place)) };
  }
  if (entry.compare !== undefined) {
    return { kind: "compare", comparison: yaml.text("expect", index, "compare") };
  }
  return { kind: entry.unique === true ? "unique" : "filled" };
}
