import { chmodSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * Writes a file of the project's configuration, as a person's editor would: readable to those who could read it
 * before, and whole at any instant. Its folder is made where it is missing.
 */
export function writeConfigFile(file: string, text: string): void {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode;
  const partial = `${file}.partial`;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(partial, text);
  if (mode !== undefined) chmodSync(partial, mode & 0o777);
  renameSync(partial, file);
}
