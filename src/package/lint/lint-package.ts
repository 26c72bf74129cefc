import { open, type FileHandle } from "node:fs/promises";
import type { EntityCatalogue } from "../../entity/catalogue.ts";
import { FindingLog } from "./finding-log.ts";
import { KnownEntities } from "./known-entities.ts";
import { lintContent } from "./lint-content.ts";
import type { LintedPackage } from "./lint-finding.ts";
import { lintNames } from "./zip-names.ts";
import { readZipDirectory } from "./zip-directory.ts";

/**
 * Judges any package with nothing but its file: zip, header, manifest, data files. Everything that is wrong is named at
 * once, with its place; nothing that a package holds makes this throw. Memory depends neither on the size of the
 * package nor on the number of its mistakes, but for the keys of the records (15 to 19 bytes each).
 *
 * `shownAs` is the path in the result. Errors of the operating system while reading are thrown as they
 * are; DMFP-INTERRUPTED when the signal is aborted.
 */
export async function lintPackage(
  file: string,
  options: { readonly catalogue: EntityCatalogue; readonly shownAs: string; readonly signal: AbortSignal },
): Promise<LintedPackage> {
  const log = new FindingLog();
  const known = new KnownEntities(options.catalogue);
  let handle: FileHandle;
  let sizeBytes: number;
  try {
    handle = await open(file, "r");
  } catch (thrown) {
    return unreadable(options.shownAs, thrown, log);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return unreadable(options.shownAs, "it is no file", log);
    sizeBytes = stats.size;
    const zip = { path: file, file: handle, sizeBytes, signal: options.signal };
    const { entries, trouble } = await readZipDirectory(handle, sizeBytes);
    if (trouble !== undefined) {
      const rules = {
        "no zip": "DMFP-LINT-ZIP",
        truncated: "DMFP-LINT-ZIP-TRUNCATED",
        damaged: "DMFP-LINT-ZIP-DIRECTORY",
      } as const;
      log.add(rules[trouble.kind], {}, () => ({ message: trouble.message }));
    }
    lintNames(entries, log);
    const entities = trouble === undefined ? await lintContent(zip, entries, { known, log }) : [];
    const readable = trouble === undefined || entries.length > 0;
    return { file: options.shownAs, sizeBytes, readable, entities, findings: log.findings() };
  } finally {
    await handle.close();
  }
}

function unreadable(file: string, why: unknown, log: FindingLog): LintedPackage {
  log.add("DMFP-LINT-FILE", {}, () => ({ message: `The file cannot be opened: ${inWords(why)}.` }));
  return { file, sizeBytes: 0, readable: false, entities: [], findings: log.findings() };
}

function inWords(why: unknown): string {
  if (!(why instanceof Error)) return String(why);
  const code = "code" in why ? why.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  return code === "EACCES" ? "you may not read it" : why.message;
}
