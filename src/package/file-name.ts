import { DmfpipeError } from "../errors/dmfpipe-error.ts";

// The characters .NET's Path.GetInvalidFileNameChars lists on Windows.
const invalidOnWindows = /[<>:"/\\|?*\u0000-\u001F]/g;

/**
 * Name of an entity's data file: the DMF label and the extension (with its dot), cleaned as F&O cleans it:
 * characters that Windows does not allow are dropped, not replaced. Observed in an export:
 * `Country/regions` becomes `Countryregions.xlsx`.
 * Throws DMFP-MAPPING-ENTITY when nothing is left.
 */
export function dataFileName(label: string, extension: string): string {
  const stem = label.replace(invalidOnWindows, "").toWellFormed();
  if (stem.replace(/[. ]/g, "") === "") {
    throw new DmfpipeError("DMFP-MAPPING-ENTITY", `No file can be named after the entity "${label}".`);
  }
  return `${stem}${extension}`;
}

/**
 * Name of an attachment in a package: `Resources/<entity>/<file>`, both cleaned as the names of data files are
 * (Microsoft's serializer assembly cleans the entity's; that the file's need the same follows from Windows).
 * `fileName` may have an extension. Throws DMFP-MAPPING-ENTITY when nothing is left of one of them.
 */
export function resourceName(label: string, fileName: string): string {
  return `Resources/${dataFileName(label, "")}/${dataFileName(fileName, "")}`;
}

/** Greatest length of the names we give data projects: what a Name field of F&O holds (assumption: undocumented). */
const maxProjectNameLength = 60;

/**
 * Name of a data project, made of any text: letters and digits of the Latin alphabet, `-` and `_`; everything
 * else becomes one `-`. It stands in URLs, OData filters and job ids, where other characters need escaping that
 * not every client gets right. At most 60 characters; throws DMFP-PROJECT-INVALID when nothing is left.
 */
export function dataProjectName(text: string): string {
  const name = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9_]+/g, "-")
    .slice(0, maxProjectNameLength)
    .replace(/^-+|-+$/g, "");
  if (name === "") {
    throw new DmfpipeError("DMFP-PROJECT-INVALID", `No data project can be named "${text}".`, {
      next: "Give the project a name with letters or digits.",
    });
  }
  return name;
}
