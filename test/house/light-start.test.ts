import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const source = path.join(import.meta.dirname, "..", "..", "src");

/** Libraries that are loaded along with a module of ours, by what its files import before they run. */
function loadedWith(start: string): ReadonlySet<string> {
  const libraries = new Set<string>();
  const files = new Set([path.join(source, start)]);
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    for (const [, name = ""] of text.matchAll(/^(?:import|export) (?!type\b)(?:[^;"]*? from )?"([^"]+)"/gm)) {
      if (name.startsWith(".")) files.add(path.resolve(path.dirname(file), name));
      else libraries.add(name);
    }
  }
  return libraries;
}

/** What only those commands need that speak to an environment, or write workbooks. */
const heavy = [
  "undici",
  "@azure/storage-blob",
  "@azure/identity",
  "@azure/core-rest-pipeline",
  "exceljs",
  "archiver",
];

test("neither the start nor a build loads what takes more memory than they do", () => {
  for (const start of ["cli/program.ts", "cli/check.ts"]) {
    const libraries = loadedWith(start);
    expect(libraries).toContain("zod");
    expect(heavy.filter((name) => libraries.has(name))).toEqual([]);
  }
});

test("the start loads no command", () => {
  const libraries = loadedWith("cli/program.ts");
  expect(libraries).toContain("commander");
  // Every command that reads sources has these.
  expect(["csv-parse/sync", "saxes", "node:sqlite"].filter((name) => libraries.has(name))).toEqual([]);
});
