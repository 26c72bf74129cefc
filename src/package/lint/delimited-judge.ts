import { CsvScanner } from "../../source/csv-scanner.ts";
import type { CsvDialect } from "../../source/csv-dialect.ts";
import { decodeLeniently } from "../../source/text-encoding.ts";
import type { SourceItem, SourcePosition } from "../../source/source-record.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { ReasonCode } from "../../errors/registry.ts";
import { dataPlace, type DataContext, type DataJudge } from "./data-judge.ts";
import { readDelimitedHead, type DelimitedHead } from "./delimited-head.ts";
import { DelimitedValueCheck } from "./delimited-value-check.ts";
import { lintDelimitedHeader } from "./lint-delimited-header.ts";
import { RecordCheck } from "./record-check.ts";
import type { LintRuleId } from "./rules/all-rules.ts";

/** The header must end within this. */
const headBytes = 1024 * 1024;

/** Enough for the last line ends of a file. */
const tailBytes = 16;

const ruleOfReason: Partial<Record<ReasonCode, LintRuleId>> = {
  "DMFP-ROW-COLUMNS": "DMFP-LINT-CSV-ROW-WIDTH",
  "DMFP-ROW-QUOTE": "DMFP-LINT-CSV-QUOTE",
  "DMFP-ROW-ENCODING": "DMFP-LINT-DATA-TEXT",
  "DMFP-ROW-TOO-LARGE": "DMFP-LINT-CSV-QUOTE",
};

/**
 * Judges a text file with columns, row by row, with the same reader that reads sources. What that reader forgives (line
 * ends, blank lines) shows in the gaps between the positions of its records.
 */
export class DelimitedJudge implements DataJudge {
  readonly #context: DataContext;
  #head: Buffer[] = [];
  #headBytes = 0;
  #open: OpenDelimited | undefined;
  #over = false;

  constructor(context: DataContext) {
    this.#context = context;
  }

  feed(chunk: Buffer): void {
    if (this.#over) return;
    if (this.#open !== undefined) {
      this.#open.feed(chunk);
      return;
    }
    this.#head.push(chunk);
    this.#headBytes += chunk.length;
    if (this.#headBytes >= headBytes) this.#begin();
  }

  end(): number | undefined {
    if (!this.#over && this.#open === undefined) this.#begin();
    return this.#open?.end();
  }

  #begin(): void {
    const bytes = Buffer.concat(this.#head);
    this.#head = [];
    const head = readDelimitedHead(bytes, this.#context);
    if (head === undefined) {
      this.#over = true;
      return;
    }
    lintDelimitedHeader(head, this.#context);
    this.#open = new OpenDelimited(head, this.#context);
    this.#open.feed(bytes.subarray(head.endByte));
  }
}

/** Where the last record ended. */
interface RecordEnd {
  /** Offset behind its last byte. */
  readonly byte: number;
  /** The line it ends on; undefined where line breaks inside its values are not known. */
  readonly line: number | undefined;
}

/** A file whose header is known. */
class OpenDelimited {
  readonly #context: DataContext;
  readonly #dialect: CsvDialect;
  readonly #scanner: CsvScanner;
  readonly #values: DelimitedValueCheck;
  readonly #check: RecordCheck;
  #records = 0;
  readonly #unitBytes: 1 | 2;
  /** The last bytes that were fed. */
  #tail: Buffer = Buffer.alloc(0);
  #behind: RecordEnd | undefined;
  #failed = false;

  constructor(head: DelimitedHead, context: DataContext) {
    this.#context = context;
    this.#dialect = head.dialect;
    this.#unitBytes = head.dialect.encoding.startsWith("utf-16") ? 2 : 1;
    this.#scanner = new CsvScanner({
      file: context.entry,
      dialect: head.dialect,
      columns: head.columns,
      fromByte: head.endByte,
      fromLine: head.endLine,
    });
    this.#values = new DelimitedValueCheck(head, context);
    this.#check = new RecordCheck(head.columns, context);
    this.#behind = { byte: head.headerEndByte, line: head.headerLine };
  }

  feed(chunk: Buffer): void {
    if (this.#failed) return;
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes);
    this.#guard(() => this.#scanner.feed(chunk));
  }

  end(): number | undefined {
    if (this.#failed) return undefined;
    const whole = this.#guard(() => this.#scanner.end());
    this.#lintTail();
    this.#check.end();
    if (!whole) return undefined;
    if (this.#records === 0) {
      this.#context.log.add("DMFP-LINT-DATA-NO-RECORDS", dataPlace(this.#context), () => ({
        message: `${this.#context.entry} has a header and no record.`,
      }));
    }
    return this.#records;
  }

  /** The scanner gives up where a file ends inside a quoted value or in the middle of a character. */
  #guard(scan: () => readonly SourceItem[]): boolean {
    try {
      for (const item of scan()) this.#item(item);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof DmfpipeError)) throw thrown;
      this.#failed = true;
      const rule = thrown.message.includes("quote") ? "DMFP-LINT-CSV-QUOTE" : "DMFP-LINT-DATA-TEXT";
      const place = dataPlace(this.#context, thrown.at.line === undefined ? {} : { line: thrown.at.line });
      this.#context.log.add(rule, place, () => ({ message: thrown.message }));
      return false;
    }
  }

  #item(item: SourceItem): void {
    const { position } = item;
    this.#records++;
    if (this.#behind !== undefined) this.#lintGap(this.#behind, position);
    if (item.kind === "unreadable") {
      // A row of the wrong width was read to its end; where another stretch ends nobody knows.
      const read = item.reasons.every(({ code }) => code === "DMFP-ROW-COLUMNS");
      this.#behind = read ? { byte: position.byteOffset + position.byteLength, line: undefined } : undefined;
      for (const { code, message } of item.reasons) {
        const rule = ruleOfReason[code] ?? "DMFP-LINT-CSV-QUOTE";
        this.#context.log.add(rule, dataPlace(this.#context, { line: position.line }), () => ({ message }));
      }
      return;
    }
    const lineBreaks = this.#values.add(item.values, position.line);
    this.#check.add(item.values, position.line);
    this.#behind = { byte: position.byteOffset + position.byteLength, line: position.line + lineBreaks };
  }

  /** What stands between two records: one line end of two characters, if all is well. */
  #lintGap(behind: RecordEnd, next: SourcePosition): void {
    const units = (next.byteOffset - behind.byte) / this.#unitBytes;
    // Two characters may be CR LF or two lines that end with LF: without the number of lines the first is assumed.
    const lines = behind.line === undefined ? Math.ceil(units / 2) : next.line - behind.line;
    const line = behind.line ?? next.line - lines;
    if (units < lines * 2) this.#addLineEnd(line);
    if (lines > 1) this.#addBlank(line + 1);
  }

  /** What stands behind the last record. */
  #lintTail(): void {
    const tail = decodeLeniently(this.#tail, this.#dialect.encoding);
    if (/(^|[^\r])\n$|\r$/.test(tail)) this.#addLineEnd(this.#behind?.line);
    const line = this.#behind?.line;
    const blank = line === undefined ? undefined : line + 1;
    if (/[\r\n][ \t]*(\r\n|\n|\r)$/.test(tail) && !/[^\n]\r\n$/.test(tail)) this.#addBlank(blank);
  }

  #addLineEnd(line: number | undefined): void {
    const end = this.#dialect.lineEnd === "\r" ? "CR" : "LF";
    const place = dataPlace(this.#context, line === undefined ? {} : { line });
    this.#context.log.add("DMFP-LINT-CSV-LINE-END", place, () => ({
      message: `${line === undefined ? "The last line" : `Line ${line}`} ends with ${end} alone instead of CR LF.`,
    }));
  }

  #addBlank(line: number | undefined): void {
    const place = dataPlace(this.#context, line === undefined ? {} : { line });
    this.#context.log.add("DMFP-LINT-CSV-BLANK-LINE", place, () => ({
      message: line === undefined ? "The file ends with blank lines." : `Line ${line} is blank.`,
    }));
  }
}
