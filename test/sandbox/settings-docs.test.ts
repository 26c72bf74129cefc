import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { defaultSettings } from "../../src/sandbox/sandbox-settings.ts";

test("docs/sandbox.md lists every setting, and nothing else", async () => {
  const page = await readFile(path.join(import.meta.dirname, "../../docs/sandbox.md"), "utf8");
  const section = page.split("## Settings")[1]?.split("\n## ")[0] ?? "";
  const listed = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(listed).toEqual(Object.keys(defaultSettings));
});
