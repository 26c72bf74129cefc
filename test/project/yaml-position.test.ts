import { expect, test } from "vitest";
import { z } from "zod";
import { YamlFile } from "../../src/project/yaml-file.ts";

const shape = z.object({ fields: z.record(z.string(), z.string()) });

test.each([
  ["plain", "fields:\n  A: NAME | trim\n", 2, 6],
  ["in double quotes", 'fields:\n  A: "NAME | trim"\n', 2, 7],
  ["in single quotes", "fields:\n  A: 'NAME | trim'\n", 2, 7],
  ["a literal block", "fields:\n  A: |\n    NAME | trim\n", 3, 5],
  ["a folded block", "fields:\n  A: >-\n      NAME\n      | trim\n", 3, 7],
])("the text of a scalar begins where its first character stands: %s", (_name, text, line, column) => {
  const found = YamlFile.parse(text, "a.yaml", shape, "DMFP-MAPPING-INVALID").text("fields", "A");
  expect(found).toMatchObject({ line, column });
  expect(found.value.trim().replace(/\s+/g, " ")).toBe("NAME | trim");
  expect(text.split("\n")[found.line - 1]?.slice(found.column - 1)).toMatch(/^NAME/);
});
