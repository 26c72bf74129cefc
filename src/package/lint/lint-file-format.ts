import type { DocumentContext } from "./contract-check.ts";
import { dataFormat } from "./data-format.ts";
import { excerpt } from "./finding-log.ts";
import type { LintPlace } from "./lint-finding.ts";

const notInFileName = /[<>:"/\\|?*\u0000-\u001F]/;

/** Judges what an entity says of its data file: name, format, Excel sheet. */
export function lintFileAndFormat(
  entity: { readonly label: string; readonly file: string; readonly format: string; readonly sheet: string },
  { log }: DocumentContext,
  placeOf: (member: string) => LintPlace,
): void {
  const { file, format, sheet } = entity;
  const label = entity.label === "" ? "The entity" : excerpt(entity.label);
  if (file === "") {
    log.add("DMFP-LINT-ENTITY-FILE", placeOf("InputFilePath"), () => ({
      message: `${label} names no data file: InputFilePath is missing or empty.`,
    }));
  } else if (notInFileName.test(file) || /[. ]$/.test(file)) {
    log.add("DMFP-LINT-ENTITY-FILE-NAME", placeOf("InputFilePath"), () => ({
      message: `InputFilePath is "${excerpt(file)}", which is no plain file name.`,
    }));
  }
  if (format === "") {
    log.add("DMFP-LINT-ENTITY-FORMAT", placeOf("SourceFormat"), () => ({
      message: `${label} has no source format: SourceFormat is missing or empty.`,
    }));
    return;
  }
  const { kind, builtIn, meant } = dataFormat(format, file);
  if (!builtIn) {
    log.add("DMFP-LINT-ENTITY-FORMAT-OWN", placeOf("SourceFormat"), () => ({
      message: `${excerpt(format)} is no source format that every environment has.${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
    }));
  }
  const extension = /\.[^.]*$/.exec(file)?.[0].toLowerCase() ?? "";
  const fitting = { delimited: [".csv", ".txt", ".tsv", ".tab"], xml: [".xml"], excel: [".xlsx", ".xls"] }[
    kind
  ];
  if (file !== "" && builtIn && !fitting.includes(extension)) {
    log.add("DMFP-LINT-ENTITY-FORMAT-EXTENSION", placeOf("InputFilePath"), () => ({
      message: `${excerpt(file)} does not look like a file in the format ${format} (${fitting.join(", ")}).`,
    }));
  }
  const sheetFits = sheet === "" || (kind === "excel" && /^[^:\\/?*[\]']{1,31}\$$/.test(sheet));
  if (!sheetFits) {
    log.add("DMFP-LINT-ENTITY-SHEET", placeOf("ExcelSheetName"), () => ({
      message:
        kind === "excel"
          ? `ExcelSheetName is "${excerpt(sheet)}"; F&O writes the sheet's name with a $ behind it.`
          : `ExcelSheetName is "${excerpt(sheet)}", but the format is ${format}.`,
    }));
  }
}
