import type { DataFormat } from "./data-format.ts";
import { dataPlace, type DataContext, type DataJudge } from "./data-judge.ts";
import { DelimitedJudge } from "./delimited-judge.ts";
import { ExcelJudge } from "./excel-judge.ts";
import { XmlJudge } from "./xml-judge.ts";

/** Enough to tell kinds of files apart, blanks in front of an XML declaration included. */
const headBytes = 64;

type FoundKind = DataFormat["kind"] | "old excel";

/**
 * Judges the data file of one entity: looks at the first bytes, and hands the file to the judge of its format when it
 * is a file of that kind.
 */
export class DataFileJudge implements DataJudge {
  readonly #context: DataContext;
  #head: Buffer | undefined = Buffer.alloc(0);
  #judge: DataJudge | undefined;

  constructor(context: DataContext) {
    this.#context = context;
  }

  feed(chunk: Buffer): void {
    if (this.#head === undefined) {
      this.#judge?.feed(chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length >= headBytes) this.#begin(this.#head);
  }

  end(): number | undefined | Promise<number | undefined> {
    if (this.#head !== undefined) this.#begin(this.#head);
    return this.#judge?.end();
  }

  #begin(head: Buffer): void {
    this.#head = undefined;
    const { format, entry, entity, log } = this.#context;
    if (head.length === 0) {
      log.add("DMFP-LINT-DATA-EMPTY", dataPlace(this.#context), () => ({ message: `${entry} is empty.` }));
      return;
    }
    const found = kindOf(head);
    if (found !== format.kind) {
      log.add("DMFP-LINT-DATA-KIND", dataPlace(this.#context), () => ({
        message: `${entry} is ${words[found]}; its source format is ${entity.format === "" ? "not named" : entity.format}.`,
      }));
      return;
    }
    this.#judge = judgeOf(this.#context);
    this.#judge.feed(head);
  }
}

const words: Readonly<Record<FoundKind, string>> = {
  delimited: "a text file without markup",
  xml: "an XML file",
  excel: "an Excel workbook (or another zip)",
  "old excel": "an Excel file of the old kind (.xls)",
};

function judgeOf(context: DataContext): DataJudge {
  switch (context.format.kind) {
    case "delimited":
      return new DelimitedJudge(context);
    case "xml":
      return new XmlJudge(context);
    case "excel":
      return new ExcelJudge(context);
  }
}

function kindOf(head: Buffer): FoundKind {
  if (head.readUIntBE(0, Math.min(4, head.length)) === 0x504b0304) return "excel";
  if (head.readUIntBE(0, Math.min(4, head.length)) === 0xd0cf11e0) return "old excel";
  const ascii = Buffer.from(head.filter((byte) => byte !== 0)).toString("latin1");
  return /^(\u00EF\u00BB\u00BF|\u00FF\u00FE|\u00FE\u00FF)?\s*</.test(ascii) ? "xml" : "delimited";
}
