import { ActionRefused } from "./action-refused.ts";
import { DataFileUnreadable } from "./data-file-unreadable.ts";
import { plainNumber, readDateStyles, serialDate, unescapeText } from "./excel-values.ts";
import { PackageArchive } from "./package-archive.ts";
import { SharedStrings } from "./shared-strings.ts";
import { excelUnreadable, partParser, readWorkbook } from "./workbook-parts.ts";

export interface ExcelOptions {
  /** `ExcelSheetName` of the manifest, with or without `$`; "" for the first sheet. */
  readonly sheetName: string;
  readonly unpackedSizeLimitBytes: number;
}

/** Limits: 255 columns are documented; the others are those of the file format. */
const columnLimit = 255;
const rowLimit = 1_048_576;
const cellLimitChars = 32_767;
const textLimitChars = 1024 * 1024;

/**
 * The rows of a sheet as texts, row 1 (the field names) first, as many at a time as one piece of the file holds.
 * Rows without any value are left out. Dates come as `2011-01-31 00:00:00`, the notation of F&O's exports
 * (assumption for real date cells: exports have texts only). Constant memory. Throws DataFileUnreadable.
 */
export async function* readExcel(file: string, options: ExcelOptions): AsyncGenerator<string[][]> {
  const archive = await openWorkbook(file, options);
  const strings = new SharedStrings();
  try {
    const workbook = await readWorkbook(archive);
    const wanted = options.sheetName.replace(/\$$/, "").toLowerCase();
    const sheet = workbook.sheets.find(({ name }) => wanted === "" || name.toLowerCase() === wanted);
    if (sheet === undefined) {
      throw excelUnreadable(`The worksheet '${options.sheetName}' is not in the file.`);
    }
    if (workbook.strings !== undefined) await strings.load(archive, workbook.strings);
    const dates = workbook.styles === undefined ? [] : await readDateStyles(archive, workbook.styles);
    const rows = new RowCollector({ strings, dates, from1904: workbook.from1904 });
    const decoder = new TextDecoder();
    for await (const chunk of archive.stream(sheet.part)) {
      rows.write(decoder.decode(chunk as Buffer, { stream: true }));
      const taken = rows.take();
      if (taken.length > 0) yield taken;
    }
    rows.end();
  } catch (error) {
    // A damaged workbook is a problem of the entity, not of the package.
    if (error instanceof ActionRefused) throw excelUnreadable(error.message);
    throw error;
  } finally {
    strings.close();
    await archive.close();
  }
}

async function openWorkbook(file: string, options: ExcelOptions): Promise<PackageArchive> {
  try {
    return await PackageArchive.open(file, options);
  } catch (error) {
    if (!(error instanceof ActionRefused)) throw error;
    throw new DataFileUnreadable("DMF1855", `The file type does not match the project: ${error.message}`);
  }
}

interface CellRules {
  readonly strings: SharedStrings;
  readonly dates: readonly boolean[];
  readonly from1904: boolean;
}

class RowCollector {
  readonly #rules: CellRules;
  readonly #parser = partParser({
    open: (name, attributes) => {
      this.#opened(name, attributes);
    },
    close: (name) => {
      this.#closed(name);
    },
    text: (text) => {
      if (!this.#collecting) return;
      this.#text += text;
      if (this.#text.length > cellLimitChars) throw excelUnreadable("A cell is too large.");
    },
  });
  #done: string[][] = [];
  #begun = false;
  #rowNumber = 0;
  #row: string[] = [];
  #column = 0;
  #type = "";
  #style = 0;
  #text = "";
  #collecting = false;
  #phonetic = false;
  #charsWithoutTag = 0;

  constructor(rules: CellRules) {
    this.#rules = rules;
  }

  write(text: string): void {
    this.#charsWithoutTag += text.length;
    this.#parser.write(text);
    if (this.#charsWithoutTag > textLimitChars + text.length) throw excelUnreadable("A cell is too large.");
  }

  end(): void {
    this.#parser.close();
  }

  take(): string[][] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  #opened(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#charsWithoutTag = 0;
    if (name === "row") {
      this.#rowNumber = Number(attributes["r"] ?? this.#rowNumber + 1);
      if (this.#rowNumber > rowLimit) throw new DataFileUnreadable("DMF2042", "Spreadsheet is full.");
      this.#row = [];
      this.#column = 0;
    } else if (name === "c") {
      this.#column = columnOf(attributes["r"]) ?? this.#column + 1;
      this.#type = attributes["t"] ?? "n";
      this.#style = Number(attributes["s"] ?? 0);
      this.#text = "";
    } else if (name === "rPh") this.#phonetic = true;
    this.#collecting = name === "v" || (name === "t" && !this.#phonetic);
  }

  #closed(name: string): void {
    this.#charsWithoutTag = 0;
    this.#collecting = false;
    if (name === "rPh") this.#phonetic = false;
    if (name === "c") this.#addCell();
    if (name === "row") this.#addRow();
  }

  #addRow(): void {
    // The field names stand in row 1 or nowhere.
    if (!this.#begun && this.#rowNumber !== 1) this.#done.push([]);
    if (!this.#begun || this.#row.length > 0) this.#done.push(this.#row);
    this.#begun = true;
  }

  #addCell(): void {
    const value = this.#value();
    if (value === "") return;
    if (this.#column > columnLimit) throw new DataFileUnreadable("DMF2009", "Excel column limit exceeded.");
    while (this.#row.length < this.#column - 1) this.#row.push("");
    this.#row[this.#column - 1] = value;
  }

  #value(): string {
    const { strings, dates, from1904 } = this.#rules;
    switch (this.#type) {
      case "s":
        return this.#text === "" ? "" : strings.get(Number(this.#text));
      case "inlineStr":
      case "str":
        return unescapeText(this.#text);
      case "b":
        return this.#text === "" ? "" : this.#text === "1" ? "TRUE" : "FALSE";
      // A formula that failed has no value.
      case "e":
        return "";
      case "d":
        return this.#text;
      default:
        return dates[this.#style] === true ? serialDate(this.#text, from1904) : plainNumber(this.#text);
    }
  }
}

/** `AB12` → 28; undefined without a reference. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}(?=\d)/.exec(reference ?? "")?.[0];
  if (letters === undefined) return undefined;
  let column = 0;
  for (let at = 0; at < letters.length; at += 1) column = column * 26 + letters.charCodeAt(at) - 64;
  return column;
}
