import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../load/temporary-folder.ts";

const root = path.join(import.meta.dirname, "..", "..");
const asc = path.join(root, "node_modules", "assemblyscript", "bin", "asc.js");

test.each([
  ["src/source/kernel", "kernel.wasm"],
  ["src/package/deflate", "deflate.wasm"],
])(
  "%s/%s is what `npm run kernel` makes of its sources",
  async (folder, file) => {
    const made = path.join(temporaryFolder(), file);
    const config = path.join(root, folder, "asconfig.json");
    await promisify(execFile)(process.execPath, [asc, "--config", config, "--outFile", made]);
    expect(readFileSync(made).equals(readFileSync(path.join(root, folder, file)))).toBe(true);
  },
  60_000,
);
