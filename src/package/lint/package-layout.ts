import { excerpt, type FindingLog } from "./finding-log.ts";
import type { ManifestEntityData } from "./manifest-entity.ts";
import type { ZipEntry } from "./zip-directory.ts";

/** Where the files of a package lie in its zip: at the top, unless somebody zipped the folder instead of the files. */
export class PackageLayout {
  readonly #log: FindingLog;
  readonly #files: readonly ZipEntry[];
  /** The folder everything lies in, with its `/`; empty in a good package. */
  readonly #folder: string;
  /** The first file of each name, and of each name in small letters. */
  readonly #byName: ReadonlyMap<string, ZipEntry>;
  readonly #byLowerName: ReadonlyMap<string, ZipEntry>;

  /** Names a folder around everything as a finding, and goes on inside it. */
  constructor(entries: readonly ZipEntry[], log: FindingLog) {
    this.#log = log;
    this.#files = entries.filter(({ name }) => !name.endsWith("/"));
    this.#folder = commonFolder(this.#files.map(({ name }) => name));
    const fromLast = this.#files.toReversed();
    this.#byName = new Map(fromLast.map((entry) => [entry.name, entry]));
    this.#byLowerName = new Map(fromLast.map((entry) => [entry.name.toLowerCase(), entry]));
    if (this.#folder !== "") {
      log.add("DMFP-LINT-ZIP-FOLDER", {}, () => ({
        message: `Everything lies in the folder ${excerpt(this.#folder)}; PackageHeader.xml must be at the top.`,
      }));
    }
  }

  /** Manifest.xml or PackageHeader.xml; a finding where it is missing or written in another case. */
  document(name: "Manifest.xml" | "PackageHeader.xml"): ZipEntry | undefined {
    const exact = this.#find(name);
    if (exact !== undefined) return exact;
    const other = this.#findInAnyCase(name);
    if (other !== undefined) {
      this.#log.add("DMFP-LINT-FILE-CASE", { entry: other.name }, () => ({
        message: `${excerpt(other.name)} should be written ${name}.`,
      }));
      return other;
    }
    const rule = name === "Manifest.xml" ? "DMFP-LINT-MANIFEST-MISSING" : "DMFP-LINT-HEADER-MISSING";
    const elsewhere = this.#files.find((entry) => baseName(entry.name).toLowerCase() === name.toLowerCase());
    this.#log.add(rule, {}, () => ({
      message:
        elsewhere === undefined
          ? `The zip has no ${name}.`
          : `${name} is not at the top of the zip but at ${excerpt(elsewhere.name)}.`,
    }));
    return undefined;
  }

  /** The data file of every entity that has one in the zip; findings for those that have not. */
  dataFiles(entities: readonly ManifestEntityData[]): ReadonlyMap<ManifestEntityData, ZipEntry> {
    const found = new Map<ManifestEntityData, ZipEntry>();
    for (const entity of entities) {
      const { file, place, label } = entity;
      if (file === "") continue;
      const entry = this.#find(file) ?? this.#findInAnyCase(file);
      const at = { ...place, field: "InputFilePath" };
      if (entry === undefined) {
        this.#log.add("DMFP-LINT-ENTITY-FILE-ABSENT", at, () => ({
          message: `${label === "" ? "An entity" : excerpt(label)} names the data file ${excerpt(file)}, which is not in the zip.`,
        }));
        continue;
      }
      found.set(entity, entry);
      if (entry.name.slice(this.#folder.length) !== file) {
        this.#log.add("DMFP-LINT-ENTITY-FILE-CASE", at, () => ({
          message: `InputFilePath is ${excerpt(file)}; the file in the zip is called ${excerpt(entry.name)}.`,
        }));
      }
    }
    return found;
  }

  /** Findings for files that nothing names, and for folders that nobody looks into. */
  lintUnused(used: ReadonlySet<ZipEntry>): void {
    for (const entry of this.#files) {
      const name = entry.name.slice(this.#folder.length);
      if (used.has(entry) || /^(manifest|packageheader)\.xml$/i.test(name)) continue;
      // Attachments are looked up by the records, not by the manifest.
      if (/^resources[\\/]/i.test(name)) continue;
      const rule = /[\\/]/.test(name) ? "DMFP-LINT-ZIP-SUBFOLDER" : "DMFP-LINT-FILE-UNUSED";
      this.#log.add(rule, { entry: entry.name }, () => ({
        message:
          rule === "DMFP-LINT-FILE-UNUSED"
            ? `No entity names the file ${excerpt(entry.name)}.`
            : `${excerpt(entry.name)} lies in a folder.`,
      }));
    }
  }

  #find(name: string): ZipEntry | undefined {
    return this.#byName.get(this.#folder + name);
  }

  #findInAnyCase(name: string): ZipEntry | undefined {
    return this.#byLowerName.get((this.#folder + name).toLowerCase());
  }
}

function baseName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
}

/** The outermost folders that all names have in common. */
function commonFolder(names: readonly string[]): string {
  const [first] = names;
  if (first === undefined) return "";
  let folder = first.slice(0, first.lastIndexOf("/") + 1);
  while (folder !== "" && !names.every((name) => name.startsWith(folder))) {
    folder = folder.slice(0, folder.lastIndexOf("/", folder.length - 2) + 1);
  }
  // A package of attachments only is not one that lies in a folder.
  return /^resources\//i.test(folder) ? "" : folder;
}
