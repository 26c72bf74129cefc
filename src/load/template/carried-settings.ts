import { dataFileName } from "../../package/file-name.ts";
import type { ManifestEntity } from "../../package/manifest.ts";
import { columnDelimiters } from "../../package/delimited-format.ts";
import type { DataFileSource } from "./data-file-source.ts";

/** What `package` of a mapping says in the place of an entity's members in a manifest. */
export interface CarriedSettings {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Members that a mapping cannot say, each as a sentence's part: `QueryData (…)`. */
  readonly lost: readonly string[];
}

const builtInFormats = ["CSV-Unicode", "XML-Element", "XML-Attribute"];

/**
 * The settings of one entity's packages, those alone that differ from what dmfpipe does without being told. `source`
 * shows how a text format of the environment's own is set up; without it that has to be said by hand.
 */
export function carriedSettings(entity: ManifestEntity, source: DataFileSource): CarriedSettings {
  const lost: string[] = [];
  const settings = {
    ...formatSettings(entity, source, lost),
    ...(entity.failLevelOnError === true ? { failLevelOnError: true } : {}),
    ...(entity.failExecutionUnitOnError === true ? { failExecutionUnitOnError: true } : {}),
    ...(entity.runBusinessLogic === false ? { runBusinessLogic: false } : {}),
    ...(entity.runBusinessValidation === false ? { runBusinessValidation: false } : {}),
    ...(entity.skipStaging === undefined ? {} : { skipStaging: entity.skipStaging }),
  };
  noteLost(entity, lost);
  return { settings, lost };
}

function formatSettings(entity: ManifestEntity, source: DataFileSource, lost: string[]): object {
  const name = entity.sourceFormat;
  const known = builtInFormats.find((format) => format.toLowerCase() === name.toLowerCase());
  if (known !== undefined) return known === "CSV-Unicode" ? {} : { format: known };
  if (/\.xlsx?$/i.test(entity.fileName) || /^excel$/i.test(name)) {
    lost.push(`the format ${name}, which dmfpipe does not write: it sends CSV-Unicode`);
    return {};
  }
  if (/\.xml$/i.test(entity.fileName)) {
    lost.push(`the format ${name}: dmfpipe writes XML in the formats XML-Element and XML-Attribute only`);
    return {};
  }
  if (name === "") return {};
  if (source.kind !== "delimited") {
    lost.push(
      `how the format ${name} is set up: say its delimiter and encoding under package, if they are others`,
    );
    return { format: name };
  }
  const delimiter = columnDelimiters.find((candidate) => candidate === source.delimiter);
  if (delimiter === undefined)
    lost.push(`the delimiter ${JSON.stringify(source.delimiter)} of the format ${name}`);
  const utf = source.encoding === "utf-8" || source.encoding === "utf-16le";
  if (!utf)
    lost.push(`the encoding ${source.encoding} of the format ${name}: dmfpipe writes UTF-8 and UTF-16`);
  return {
    format: name,
    ...(delimiter === undefined || delimiter === "," ? {} : { delimiter }),
    ...(source.encoding === "utf-16le" ? { encoding: source.encoding } : {}),
    ...(utf && source.byteOrderMark !== (source.encoding === "utf-16le")
      ? { byteOrderMark: source.byteOrderMark }
      : {}),
  };
}

/** What only exports need, and what was never seen in an import, is named with the reason why it may be missing. */
function noteLost(entity: ManifestEntity, lost: string[]): void {
  const { queryData, queryFilter, transforms, excelSheetName, sampleFilePath } = entity;
  const { validationStatus, defaultRefreshType, disabled } = entity;
  const stem = entity.fileName.replace(/\.[^.]*$/, "");
  if (stem !== "" && stem !== dataFileName(entity.label, "")) {
    lost.push(`InputFilePath ${entity.fileName} (dmfpipe names files after their entities)`);
  }
  if (filled(queryData)) lost.push("QueryData (the filter of an export; an import needs none)");
  if (filled(queryFilter)) lost.push(`QueryFilter ${JSON.stringify(queryFilter)}`);
  if (filled(defaultRefreshType)) lost.push(`DefaultRefreshType ${defaultRefreshType ?? ""} (of exports)`);
  if (filled(excelSheetName)) lost.push(`ExcelSheetName ${excelSheetName ?? ""} (of workbooks)`);
  if (filled(sampleFilePath)) lost.push(`SampleFilePath ${sampleFilePath ?? ""}`);
  if (validationStatus !== "Yes" && validationStatus !== undefined) {
    lost.push(`ValidationStatus ${validationStatus ?? "null"} (dmfpipe writes Yes)`);
  }
  if (disabled === true) lost.push("Disable: the entity is switched off in its data project");
  for (const { xsltFileName, xsltResourceFileName } of transforms ?? []) {
    const name = xsltFileName ?? xsltResourceFileName ?? "without a name";
    lost.push(`the style sheet ${name}, which F&O applies to the file before it reads it`);
  }
}

function filled(text: string | null | undefined): boolean {
  return text !== undefined && text !== null && text !== "";
}
