import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** A folder with files of these bytes, gone when the test ends. */
export function folderWithBytes(files: Readonly<Record<string, Buffer>>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-source-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
  return folder;
}
