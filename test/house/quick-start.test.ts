import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.join(import.meta.dirname, "..", "..");

/** Modules of Node that a start has loaded, with this folder for compiled modules. */
function loadedBy(program: string, cache: string): readonly string[] {
  const tell =
    'data:text/javascript,process.once("exit",()=>process.stderr.write(process.moduleLoadList.join("\\n")))';
  const output = execFileSync(
    "/bin/sh",
    ["-c", '"$0" --import "$1" "$2" --version 2>&1 >/dev/null', process.execPath, tell, program],
    { encoding: "utf8", env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: cache } },
  );
  return output.split("\n").filter((name) => name.includes("amaro"));
}

test("only the first start loads the compiler of TypeScript", () => {
  const cache = mkdtempSync(path.join(tmpdir(), "dmfpipe-start-"));
  try {
    const program = path.join(root, "src", "cli", "dmfpipe.js");
    expect(loadedBy(program, cache)).not.toEqual([]);
    expect(loadedBy(program, cache)).toEqual([]);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
});
