import { comparableEntryName, unsafeEntryName } from "../zip-entry-name.ts";
import { excerpt, type FindingLog } from "./finding-log.ts";
import type { ZipEntry } from "./zip-directory.ts";

/** Names of devices, which Windows keeps for itself whatever the extension. */
const deviceName = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const notOnWindows = /[<>:"|?*\u0000-\u001F]/;

/** Judges the names in a zip: those that cannot be unpacked, and those that are there twice. */
export function lintNames(entries: readonly ZipEntry[], log: FindingLog): void {
  const seen = new Map<string, string>();
  for (const entry of entries) {
    lintName(entry, log);
    const canonical = comparableEntryName(entry.name);
    const first = seen.get(canonical);
    if (first === undefined) seen.set(canonical, entry.name);
    else {
      log.add("DMFP-LINT-ZIP-NAME-TWICE", { entry: entry.name }, () => ({
        message:
          first === entry.name
            ? `${excerpt(entry.name)} is in the zip twice.`
            : `${excerpt(first)} and ${excerpt(entry.name)} are the same name on Windows.`,
      }));
    }
  }
}

function lintName(entry: ZipEntry, log: FindingLog): void {
  const place = { entry: entry.name };
  const name = entry.name.replaceAll("\\", "/");
  const shown = excerpt(entry.name);
  if (entry.name.includes("\\")) {
    log.add("DMFP-LINT-ZIP-NAME-BACKSLASH", place, () => ({ message: `${shown} has a backslash.` }));
  }
  const unsafe = unsafeEntryName(entry.name);
  if (unsafe !== undefined) {
    log.add("DMFP-LINT-ZIP-NAME-UNSAFE", place, () => ({
      message: `The name of a file ${unsafe}: ${entry.name === "" ? "there is none" : shown}.`,
    }));
  } else if (name.split("/").some((part) => isNotForWindows(part))) {
    log.add("DMFP-LINT-ZIP-NAME-WINDOWS", place, () => ({
      message: `A file on Windows cannot be called ${shown}.`,
    }));
  }
  if (!entry.utf8Name && entry.rawName.some((byte) => byte >= 0x80)) {
    log.add("DMFP-LINT-ZIP-NAME-ENCODING", place, () => ({
      message: `${shown} has letters beyond ASCII; in which code page they are is not said.`,
    }));
  }
  if (entry.symbolicLink) {
    log.add("DMFP-LINT-ZIP-SYMLINK", place, () => ({ message: `${shown} is a symbolic link.` }));
  }
}

function isNotForWindows(part: string): boolean {
  return notOnWindows.test(part) || /[. ]$/.test(part) || deviceName.test(part);
}
