import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { generatedDocs } from "../../docs/make-docs.ts";
import { errorRegistry, reasonRegistry } from "../../src/errors/registry.ts";

const root = path.join(import.meta.dirname, "..", "..");

test.each([...generatedDocs()])("docs/%s is what `npm run docs` makes", (name, content) => {
  expect(readFileSync(path.join(root, "docs", name), "utf8")).toBe(content);
});

test("docs/errors.md has a section for every code and for nothing else", () => {
  const page = readFileSync(path.join(root, "docs", "errors.md"), "utf8");
  const documented = [...page.matchAll(/^### (DMFP-\S+)$/gm)].map((match) => match[1]);
  const known = [...Object.keys(errorRegistry), ...Object.keys(reasonRegistry)];
  expect(documented.toSorted()).toEqual(known.toSorted());
});

test("every code of the registry is used somewhere in the sources", () => {
  const sources = globSync("src/**/*.ts", { cwd: root })
    .filter((file) => !file.endsWith("registry.ts"))
    .map((file) => readFileSync(path.join(root, file), "utf8"))
    .join("\n");
  const unused = [...Object.keys(errorRegistry), ...Object.keys(reasonRegistry)].filter(
    (code) => !sources.includes(`"${code}"`),
  );
  expect(unused).toEqual([]);
});
