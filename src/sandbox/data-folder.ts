import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { openDatabase } from "./database.ts";

const databaseFile = "environment.db";

/** Everything a sandbox puts into its data folder. Certificate and key stay: clients trust them. */
const contents = ["blobs", "work", `${databaseFile}-wal`, `${databaseFile}-shm`, databaseFile];

/**
 * Makes the sandbox in this folder a new one: what was imported, uploaded and logged is gone. A folder that is not
 * there or empty is left as it is. Throws DMFP-SANDBOX-START when the folder holds something but no sandbox, or a
 * sandbox that is running; nothing is removed then.
 */
export function resetDataFolder(dataFolder: string): void {
  if (!existsSync(dataFolder)) return;
  const names = readdirSync(dataFolder);
  if (names.length === 0) return;
  if (!names.includes(databaseFile)) {
    throw new DmfpipeError("DMFP-SANDBOX-START", `${dataFolder} is no data folder of a sandbox.`, {
      next: "Name the folder that the sandbox was started with, or an empty one.",
    });
  }
  // Opening takes the lock that a running sandbox holds, and fails on a file that is none of ours.
  openDatabase(dataFolder).close();
  for (const name of contents) rmSync(path.join(dataFolder, name), { recursive: true, force: true });
}
