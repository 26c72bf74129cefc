import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import type { SourceEncoding } from "../../src/project/source-format.ts";
import type { CsvDialect } from "../../src/source/csv-dialect.ts";
import { CsvScanner, type ScannedItem } from "../../src/source/csv-scanner.ts";
import { indexedWindow } from "../../src/source/indexed-window.ts";
import { parsedWindow } from "../../src/source/parsed-window.ts";
import type { SourceItem } from "../../src/source/source-record.ts";
import type { WindowReader } from "../../src/source/window-records.ts";

const ordinary: CsvDialect = {
  encoding: "utf-8",
  delimiter: ";",
  quote: '"',
  lineEnd: "\n",
  startByte: 0,
  startLine: 1,
  maxRecordBytes: 60,
};

interface Told {
  readonly items: readonly SourceItem[];
  /** Why the file as a whole was refused. */
  readonly refused?: string;
}

/** Everything a reader says of a file: each record with its place and values, each refusal with its words. */
function told(
  reader: WindowReader,
  dialect: CsvDialect,
  file: { readonly bytes: Buffer; readonly chunkBytes: number; readonly columns: readonly string[] },
): Told {
  const scanner = new CsvScanner({
    file: "source",
    dialect,
    columns: file.columns,
    fromByte: 0,
    fromLine: 1,
    reader,
  });
  const items: SourceItem[] = [];
  // Those of a window are looked at before the next one is read.
  const take = (windows: Iterable<readonly ScannedItem[]>): void => {
    for (const found of windows) items.push(...found.flatMap(each).map(plain));
  };
  try {
    for (let at = 0; at < file.bytes.length; at += file.chunkBytes) {
      take(scanner.windows(file.bytes.subarray(at, at + file.chunkBytes)));
    }
    take(scanner.lastWindows());
  } catch (thrown) {
    if (!(thrown instanceof DmfpipeError)) throw thrown;
    return { items, refused: thrown.message };
  }
  return { items };
}

function each(found: ScannedItem): readonly SourceItem[] {
  if (found.kind !== "records") return [found];
  return Array.from({ length: found.count }, (_, at) => found.item(at));
}

/** Without what a reader keeps in a record for itself. */
function plain(item: SourceItem): SourceItem {
  if (item.kind === "unreadable") return item;
  return { kind: "record", position: item.position, values: item.values };
}

/** Line and values, or line and reason. */
function shape(item: SourceItem): readonly unknown[] {
  const { line } = item.position;
  return item.kind === "record" ? [line, ...item.values] : [line, item.reasons[0]?.code];
}

function demandEqual(
  dialect: CsvDialect,
  bytes: Buffer,
  options: { readonly columns?: readonly string[]; readonly chunkBytes?: number } = {},
): Told {
  const { columns = ["A", "B"], chunkBytes = bytes.length + 1 } = options;
  const indexed = indexedWindow(dialect);
  const passing = indexedWindow(dialect, true);
  if (indexed === undefined || passing === undefined) throw new Error("The dialect is not one for bytes.");
  const file = { bytes, columns, chunkBytes };
  const found = told(indexed, dialect, file);
  expect(told(passing, dialect, file)).toEqual(found);
  expect(found).toEqual(told((window) => parsedWindow(window, dialect), dialect, file));
  return found;
}

const bytesOf = (dialect: CsvDialect, text: string): Buffer => {
  if (dialect.encoding === "utf-16le") return Buffer.from(text, "utf16le");
  if (dialect.encoding === "utf-16be") return Buffer.from(text, "utf16le").swap16();
  return Buffer.from(text, dialect.encoding === "utf-8" ? "utf8" : "latin1");
};

describe("the reader that stays on bytes, whether its records pass or are kept, and csv-parse", () => {
  const encodings: SourceEncoding[] = ["utf-8", "windows-1252", "iso-8859-1", "utf-16le", "utf-16be"];
  const dialects = fc.record({
    encoding: fc.constantFrom(...encodings),
    delimiter: fc.constantFrom(";", ",", "\t", "|", "a"),
    quote: fc.constantFrom('"', '"', '"', "'", ""),
    lineEnd: fc.constantFrom<"\n" | "\r">("\n", "\n", "\n", "\r"),
    maxRecordBytes: fc.constantFrom(60, 1_000),
  });
  // Not U+0000: behind a closing quote csv-parse takes it for the end of the file, and drops it without a word.
  const pieces = fc.array(
    fc.constantFrom(
      "a",
      "b",
      " ",
      ";",
      ",",
      "\t",
      "|",
      '"',
      '""',
      "'",
      "\n",
      "\r\n",
      "\r",
      "ü",
      "€",
      "😀",
      "1;2\n",
      '"x";y\n',
      '"a""b";c\r\n',
      "x,y\n",
      "\u0085",
    ),
    { maxLength: 40 },
  );

  it("say the same of any text, in any encoding, however it is cut into chunks", () => {
    const columns = fc.constantFrom(["A"], ["A", "B"], ["A", "B", "C"]);
    fc.assert(
      fc.property(
        dialects,
        pieces,
        columns,
        fc.constantFrom(1, 3, 16, 10_000),
        (dialect, parts, names, chunkBytes) => {
          const whole: CsvDialect = { ...ordinary, ...dialect };
          demandEqual(whole, bytesOf(whole, parts.join("")), { columns: names, chunkBytes });
        },
      ),
      { numRuns: 2_500 },
    );
  });

  it("say the same of bytes that are no text", () => {
    const some = fc.array(
      fc.oneof(
        fc.constantFrom([59], [10], [34], [13, 10], [0xc3, 0xbc], [49, 59, 50, 10]),
        fc.array(fc.integer({ min: 0x80, max: 0xff }), { minLength: 1, maxLength: 3 }),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...encodings), some, (encoding, parts) => {
        demandEqual({ ...ordinary, encoding }, Buffer.from(parts.flat()));
      }),
      { numRuns: 1_000 },
    );
  });

  // The shapes that readers of CSV are known to disagree about.
  const corpus: readonly { name: string; text: string; columns: number; found: unknown }[] = [
    {
      name: "a comma in quotes",
      text: 'John,"120, any st.","Anytown, WW"\n',
      columns: 3,
      found: [[1, "John", "120, any st.", "Anytown, WW"]],
    },
    {
      name: "empty fields, bare and quoted",
      text: '1,"",""\n2,3,\n,,\n',
      columns: 3,
      found: [
        [1, "1", "", ""],
        [2, "2", "3", ""],
        [3, "", "", ""],
      ],
    },
    {
      name: "empty fields with CRLF",
      text: '1,"",""\r\n2,3,4\r\n',
      columns: 3,
      found: [
        [1, "1", "", ""],
        [2, "2", "3", "4"],
      ],
    },
    {
      name: "doubled quotes",
      text: '1,"ha ""ha"" ha"\n3,4\n',
      columns: 2,
      found: [
        [1, "1", 'ha "ha" ha'],
        [2, "3", "4"],
      ],
    },
    {
      name: "JSON in a field",
      text: '1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"\n',
      columns: 2,
      found: [[1, "1", '{"type": "Point", "coordinates": [102.0, 0.5]}']],
    },
    {
      name: "line breaks in quotes",
      text: '1,4\n"Once upon \na time",5\n7,8\n',
      columns: 2,
      found: [
        [1, "1", "4"],
        [2, "Once upon \na time", "5"],
        [4, "7", "8"],
      ],
    },
    {
      name: "CRLF in quotes",
      text: '1,4\r\n"Once upon \r\na time",5\r\n7,8\r\n',
      columns: 2,
      found: [
        [1, "1", "4"],
        [2, "Once upon \r\na time", "5"],
        [4, "7", "8"],
      ],
    },
    {
      name: "quotes and line breaks",
      text: '1,"ha \n""ha"" \nha"\n3,4\n',
      columns: 2,
      found: [
        [1, "1", 'ha \n"ha" \nha'],
        [4, "3", "4"],
      ],
    },
    {
      name: "characters beyond ASCII",
      text: "1,2,3\n4,5,ʤ\n",
      columns: 3,
      found: [
        [1, "1", "2", "3"],
        [2, "4", "5", "ʤ"],
      ],
    },
    {
      name: "a single column",
      text: 'x\n""\n" "\n \n\n"y"',
      columns: 1,
      found: [
        [1, "x"],
        [2, ""],
        [3, " "],
        [4, " "],
        [6, "y"],
      ],
    },
    {
      name: "no line end at the end",
      text: "1,2\n3,4",
      columns: 2,
      found: [
        [1, "1", "2"],
        [2, "3", "4"],
      ],
    },
    {
      name: "a delimiter at the end of the file",
      text: "1,2\n3,",
      columns: 2,
      found: [
        [1, "1", "2"],
        [2, "3", ""],
      ],
    },
    {
      name: "an empty quoted field at the end of the file",
      text: '1,2\n3,""',
      columns: 2,
      found: [
        [1, "1", "2"],
        [2, "3", ""],
      ],
    },
    {
      name: "blank lines and lines of blanks",
      text: "\n1,2\n\r\n  \n\t\n3,4\n\n",
      columns: 2,
      found: [
        [2, "1", "2"],
        [6, "3", "4"],
      ],
    },
    {
      name: "a carriage return inside a field",
      text: "1\r2,3\n4,5\r6\n",
      columns: 2,
      found: [
        [1, "1\r2", "3"],
        [2, "4", "5\r6"],
      ],
    },
    { name: "a carriage return at the end of the file", text: "1,2\r", columns: 2, found: [[1, "1", "2\r"]] },
    {
      name: "a carriage return behind a closing quote",
      text: '1,"2"\r',
      columns: 2,
      found: [[1, "DMFP-ROW-QUOTE"]],
    },
    {
      name: "blanks around quotes",
      text: '1, "2"\n"3" ,4\n5,6\n',
      columns: 2,
      found: [
        [1, "DMFP-ROW-QUOTE"],
        [2, "DMFP-ROW-QUOTE"],
        [3, "5", "6"],
      ],
    },
    {
      name: "text behind a closing quote",
      text: '1,"2"x\n3,4\n',
      columns: 2,
      found: [
        [1, "DMFP-ROW-QUOTE"],
        [2, "3", "4"],
      ],
    },
    {
      name: "a quote inside a bare field",
      text: '1,2"3\n4,5\n',
      columns: 2,
      found: [
        [1, "DMFP-ROW-QUOTE"],
        [2, "4", "5"],
      ],
    },
    {
      name: "a quote that is never closed",
      text: '1,"2\n3,4\n5,6\n',
      columns: 2,
      found: [
        [1, "DMFP-ROW-QUOTE"],
        [2, "3", "4"],
        [3, "5", "6"],
      ],
    },
    { name: "a file cut off inside quotes", text: '1,2\n3,"4', columns: 2, found: "DMFP-SOURCE-INVALID" },
    { name: "only a quote", text: '"', columns: 1, found: "DMFP-SOURCE-INVALID" },
    { name: "three quotes", text: '"""\n', columns: 1, found: "DMFP-SOURCE-INVALID" },
    { name: "four quotes", text: '""""\n', columns: 1, found: [[1, '"']] },
    {
      name: "too many and too few fields",
      text: "1,2,3\n4\n5,6\n",
      columns: 2,
      found: [
        [1, "DMFP-ROW-COLUMNS"],
        [2, "DMFP-ROW-COLUMNS"],
        [3, "5", "6"],
      ],
    },
    { name: "nothing", text: "", columns: 2, found: [] },
  ];
  it.each(corpus)("say the same of $name", ({ text, columns, found }) => {
    const dialect = { ...ordinary, delimiter: ",", maxRecordBytes: 1_000 };
    const names = ["A", "B", "C"].slice(0, columns);
    const { items, refused } = demandEqual(dialect, Buffer.from(text), { columns: names });
    expect(refused === undefined ? items.map(shape) : "DMFP-SOURCE-INVALID").toEqual(found);
  });

  it("leave marks of several bytes to csv-parse", () => {
    expect(indexedWindow({ ...ordinary, delimiter: "§" })).toBeUndefined();
    expect(indexedWindow({ ...ordinary, delimiter: "||" })).toBeUndefined();
    expect(indexedWindow({ ...ordinary, delimiter: '"' })).toBeUndefined();
    expect(indexedWindow({ ...ordinary, delimiter: "§", encoding: "windows-1252" })).toBeDefined();
  });
});
