import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { isFinal, isLegalTransition, packageStates } from "../../src/load/ledger/package-state.ts";

const folder = path.join(import.meta.dirname, "..", "..", "docs");
const page = readFileSync(path.join(folder, "guarantees.md"), "utf8");

const links = [...page.matchAll(/\[((?:[^[\]]|\[\])+)\]\((\.\.\/test\/[^)]+)\)/g)].map(
  ([, title = "", file = ""]) => [title.replace(/\s+/g, " ").replaceAll("\\", ""), file] as const,
);

test("there are links to tests, and every link is read as one", () => {
  expect(links.length).toBeGreaterThan(80);
  expect(links).toHaveLength(page.split("](../test/").length - 1);
});

test.each([...new Set(links.map(([, file]) => file))])("every test named of %s is there", (file) => {
  const place = path.join(folder, file);
  expect(existsSync(place)).toBe(true);
  const source = readFileSync(place, "utf8");
  const titles = links.filter((link) => link[1] === file).map(([title]) => title);
  // Titles stand in the source as texts in double quotes, those of test.each with their placeholders.
  const missing = titles.filter((title) => !source.includes(JSON.stringify(title)));
  expect(missing).toEqual([]);
});

test("the picture of a package's life is the table the ledger obeys", () => {
  const picture = /```mermaid\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  const drawn = [...picture.matchAll(/^ +(\S+) --> (\S+)$/gm)].map(([, from = "", to = ""]) =>
    [from, to].map((name) => name.replaceAll("_", " ")).join(" → "),
  );
  const legal = packageStates.flatMap((from) => [
    ...packageStates.filter((to) => isLegalTransition(from, to)).map((to) => `${from} → ${to}`),
    ...(isFinal(from) ? [`${from} → [*]`] : []),
  ]);
  expect(drawn.toSorted()).toEqual(["[*] → built", ...legal].toSorted());
});

test("all eight invariants and six guarantees are there", () => {
  for (let number = 1; number <= 6; number++) expect(page).toContain(`**G${number} `);
  expect([...page.matchAll(/^\d\. \*\*/gm)]).toHaveLength(8);
});
