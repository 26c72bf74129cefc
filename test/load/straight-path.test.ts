import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { planLoad, type PlannedLoad } from "../../src/load/load-plan.ts";
import { packagingOf } from "../../src/load/packing/packaging.ts";
import { EntityReader, type Verdict } from "../../src/load/reading/read-entity.ts";
import type { StraightRows } from "../../src/load/reading/straight-rows.ts";
import { RecordChecks } from "../../src/load/reading/record-checks.ts";
import { ReferenceCheck } from "../../src/load/reading/reference-check.ts";
import type { DelimitedRows } from "../../src/package/delimited-rows.ts";
import { PickedRows } from "../../src/package/picked-rows.ts";
import { fileColumns } from "../../src/package/field-map.ts";
import { readProject, type Project } from "../../src/project/project.ts";
import type { CsvDialect } from "../../src/source/csv-dialect.ts";
import { CsvScanner, type ScannedItem } from "../../src/source/csv-scanner.ts";
import { indexedWindow } from "../../src/source/indexed-window.ts";
import { decodeLeniently } from "../../src/source/text-encoding.ts";
import { parsedWindow } from "../../src/source/parsed-window.ts";
import type { PassingRecords } from "../../src/source/passing-records.ts";
import type { WindowReader } from "../../src/source/window-records.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const catalogue = EntityCatalogue.builtIn();
const columns = [
  "CO",
  "ACC",
  "NAME",
  "GRP",
  "CUR",
  "HOLD",
  "LIM",
  "EUR",
  "DAY",
  "SAP",
  "BORN",
  "LEAD",
  "REC",
  "DEL",
];

const vendors = `entity: Vendors V2
source: { file: vendors.csv, delimiter: ";", encoding: ENCODING }
legalEntity: CO | default("100") | map("100" -> USMF, "200" -> demf)
where: DEL != "X"
controlTotals: { limits: LIM }
fields:
  VENDORACCOUNTNUMBER: ACC | trim | padStart(4, "0")
  VENDORORGANIZATIONNAME: NAME
  VENDORSEARCHNAME: NAME | upper
  NOTES: NAME | collapse | left(40)
  VENDORKNOWNASNAME: NAME | trim | lower | default("none, or \\"none\\"")
  VENDORGROUPID: GRP
  CURRENCYCODE: CUR | upper | default("EUR")
  LANGUAGEID: CUR | map("EUR" -> de, * -> "en-us")
  ONHOLDSTATUS: HOLD
  ADDRESSDESCRIPTION: constant("a, b")
  CREDITLIMIT: LIM
  EXCHANGERATE: EUR | decimal(",", 2)
  ADDRESSLATITUDE: EUR | decimal(",")
  SSIVALIDITYDATE: DAY
  ADDRESSVALIDFROM: SAP | date("yyyyMMdd")
  VENDORHOLDRELEASEDATE: BORN | trim | date("dd.MM.yyyy")
  VENDORLEADTIME: LEAD
  ADDRESSRECORDID: REC
  ADDRESSSTREET: concat(NAME, " ", GRP)
  ADDRESSCITY: if(GRP == "10", NAME, CUR)
  BUYERGROUPID: sequence(5, 3)
  PRIMARYURL: GRP | trimStart | padStart(2, ";")
PACKAGE`;

async function scene(options: {
  readonly encoding: CsvDialect["encoding"];
  readonly package?: string;
}): Promise<{
  readonly project: Project;
  readonly groups: PlannedLoad;
  readonly planned: PlannedLoad;
  readonly all: readonly PlannedLoad[];
}> {
  const root = temporaryFolder();
  mkdirSync(path.join(root, "mappings"));
  const write = (name: string, text: string): void => {
    writeFileSync(
      path.join(root, name),
      Buffer.from(text, options.encoding === "utf-16le" ? "utf16le" : "latin1"),
    );
  };
  const writeYaml = (name: string, text: string): void => {
    writeFileSync(path.join(root, "mappings", name), text);
  };
  write("vendors.csv", `${columns.join(";")}\n`);
  writeFileSync(path.join(root, "groups.csv"), "G\n10\n");
  const text = vendors.replace("ENCODING", options.encoding).replace("PACKAGE", options.package ?? "");
  writeYaml("vendors.yaml", text);
  writeYaml(
    "groups.yaml",
    "entity: Vendor groups\nsource: { file: groups.csv }\nlegalEntity: USMF\nfields: { VENDORGROUPID: G }\n",
  );
  writeYaml(
    "project.yaml",
    "project: p\nentities: [vendors.yaml, groups.yaml]\nenvironments: { sandbox: { kind: sandbox } }\n",
  );
  const project = readProject("mappings/project.yaml", root);
  const all = await planLoad(project, catalogue);
  const of = (label: string): PlannedLoad => {
    const found = all.find(({ schema }) => schema.label === label);
    if (found === undefined) throw new Error(label);
    return found;
  };
  return { project, all, groups: of("Vendor groups"), planned: of("Vendors V2") };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Everything that becomes of a file's records: verdicts and rows, counts, sums, and what is told of doubtful values. */
function judged(
  { project, planned, groups, all }: Scene,
  files: readonly Buffer[],
  how: {
    readonly straight: boolean;
    readonly references: boolean;
    readonly encoding: CsvDialect["encoding"];
  },
): { readonly found: readonly unknown[]; readonly rows: number } {
  const { format, fields } = packagingOf(project, planned);
  const dialect: CsvDialect = {
    encoding: how.encoding,
    delimiter: ";",
    quote: '"',
    lineEnd: "\n",
    startByte: 0,
    startLine: 1,
    maxRecordBytes: 100_000,
  };
  const reader: WindowReader | undefined = how.straight
    ? indexedWindow(dialect, true)
    : (window) => parsedWindow(window, dialect);
  if (reader === undefined) throw new Error("The dialect is not one for bytes.");
  const checks = new RecordChecks(project, planned);
  const references = how.references
    ? new ReferenceCheck(
        all,
        new Map([["Vendor groups", { has: (_: string, key: string) => key === "20" }]]),
        (label) => catalogue.find(label),
      )
    : undefined;
  references?.begin(groups.schema)?.take({ scope: "USMF", key: "10", line: 1 });
  const entity = new EntityReader(planned, {
    references,
    checks,
    ...(how.straight ? { rows: { format, wanted: [] } } : {}),
  });
  const encoder = format.begin(planned.schema, fileColumns(fields));
  const [first] = planned.sources;
  if (first === undefined) throw new Error("There is no source.");
  let source = first;
  let bytes: Buffer = Buffer.alloc(0);
  let rows = 0;
  const told = (verdict: Verdict): unknown => {
    if (verdict.kind === "rejected") {
      const { raw, ...rejection } = verdict.rejection;
      const { byteOffset, byteLength } = rejection.position;
      const original = decodeLeniently(bytes.subarray(byteOffset, byteOffset + byteLength), how.encoding);
      if (raw !== undefined) expect(raw).toBe(original);
      return { kind: verdict.kind, rejection };
    }
    if (verdict.kind !== "packaged") return verdict;
    const { kind, legalEntity, position, values } = verdict;
    return { kind, legalEntity, position, row: encoder.record(values) };
  };
  const straightOnes = (straight: StraightRows, at: number): unknown => {
    if (straight.isLeftOut(at)) return { kind: "filtered" };
    rows++;
    return {
      kind: "packaged",
      legalEntity: straight.companyOf(at),
      position: straight.records.positionOf(at),
      row: rowText(straight.rows, at),
    };
  };
  const verdicts: unknown[] = [];
  const judgeAll = (records: PassingRecords): void => {
    for (let at = 0; at < records.count;) {
      const straight = entity.judgeStraight(source, records, at);
      const to = straight?.to ?? at + 1;
      for (; at < to; at++) {
        const alone = straight === undefined || straight.isRefused(at);
        verdicts.push(alone ? told(entity.judge(source, records.item(at))) : straightOnes(straight, at));
      }
    }
  };
  const judgeWindows = (windows: Iterable<readonly ScannedItem[]>): void => {
    for (const items of windows) {
      for (const item of items) {
        if (item.kind === "records") judgeAll(item);
        else verdicts.push(told(entity.judge(source, item)));
      }
    }
  };
  for (const [number, file] of files.entries()) {
    bytes = file;
    source = { ...first, name: `vendors ${number}.csv` };
    const place = { file: source.name, fromByte: 0, fromLine: 2 };
    const scanner = new CsvScanner({ ...place, dialect, columns, reader });
    judgeWindows(scanner.windows(bytes));
    judgeWindows(scanner.lastWindows());
  }
  const events: unknown[] = [];
  checks.tell((event) => events.push(event));
  // By company: who was met first depends on who is judged first.
  const counts = [...entity.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return { found: [verdicts, counts, entity.controlTotals.texts(), events], rows };
}

function rowText(rows: DelimitedRows, at: number): string {
  const bytes = Buffer.alloc(rows.encode(PickedRows.of(at), "utf8"));
  rows.copyTo(bytes, 0);
  return bytes.toString("utf8");
}

const wild = fc
  .array(
    fc.constantFrom(
      "a",
      "B",
      " ",
      "x, y",
      ";",
      '"',
      "\n",
      "\r\n",
      "\r",
      "\t",
      "\u00a0",
      "é",
      "Ü",
      "ß",
      "0",
      "7",
      "-",
      "\u0001",
      "\u007f",
      "\u0085",
      "long text ".repeat(20),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));
const wildest = fc
  .array(fc.constantFrom("€", "😀", "İ", "\u2028", "\ufffe", "a", "\u3000"), { maxLength: 4 })
  .map((parts) => parts.join(""));
const numbers = fc.constantFrom(
  "",
  "0",
  "-0",
  "1",
  "-12.50",
  "007",
  "1.5",
  "12,5",
  "1.234,5",
  "1.23,4",
  "12.345,678",
  ",5",
  "5,",
  "-1,00",
  "- 1",
  "+3",
  "1-",
  "1234567890",
  "2147483648",
  "99999999999999999999",
  " 4 ",
);
const dates = fc.constantFrom(
  "",
  "20240131",
  "20230229",
  "20240229",
  "00000000",
  "18991231",
  "21541231",
  "31.01.2024",
  "30.02.2024",
  " 01.12.1999 ",
  "2024-01-28",
  "2024-01-31",
  "2024-13-01",
  "2024-01-31T10:20:30",
  "1.1.2024",
  "00.00.0000",
  "01.01.0001",
);
const texts = fc.oneof(
  fc.constantFrom("Contoso", "Müller & Söhne", 'the "best", Inc.', "two\nlines", "", "  x  "),
  wild,
  wildest,
);
const good = [
  "100",
  "1",
  "Contoso",
  "10",
  "usd",
  "No",
  "-12.50",
  "1.234,5",
  "2024-01-28",
  "20240131",
  "31.01.2024",
  "14",
  "7",
  "",
];
const anyValue = [
  fc.constantFrom("200", "", "300", "400"),
  fc.constantFrom("", " 7", "ä1", "Ä1", " 7\u00a0", 'a"1', 'A"1', "1234567890123456789012"),
  texts,
  fc.constantFrom("20", "30", "", "10 ", " 10", "group number 11"),
  fc.constantFrom("eur", "", "ß", "euro", "€"),
  fc.constantFrom("Yes", "All", "Never", "no", ""),
  numbers,
  numbers,
  dates,
  dates,
  dates,
  numbers,
  numbers,
  fc.constantFrom("X", "x"),
];
/** A good record with an account of its own, most of the time, and a few fields that may hold anything. */
const record = fc
  .tuple(
    fc.integer({ min: 1, max: 60 }),
    fc.subarray(
      anyValue.map((_, index) => index),
      { maxLength: 3 },
    ),
    fc.tuple(...anyValue),
    texts,
  )
  .map(([account, changed, values, name]) =>
    good.map((value, index) => {
      if (changed.includes(index)) return values[index] ?? "";
      return index === 1 ? String(account) : index === 2 ? name : value;
    }),
  );

function encoded(text: string, encoding: CsvDialect["encoding"]): Buffer {
  if (encoding === "utf-8") return Buffer.from(text, "utf8");
  return encoding === "utf-16le" ? Buffer.from(text, "utf16le") : Buffer.from(text, "latin1");
}

const csv = (rows: readonly (readonly string[])[]): string =>
  rows
    .map(
      (row) =>
        `${row.map((value) => (/[";\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(";")}\n`,
    )
    .join("");

describe("the straight path and the ordinary way", () => {
  const formats = [
    "",
    'package: { format: My text, delimiter: ";" }\n',
    'package: { format: Colons, delimiter: ":" }\n',
    "package: { doubtfulValues: reject }\n",
  ];
  const encodings = ["utf-8", "utf-16le", "iso-8859-1", "windows-1252"] as const;
  it.each(encodings)(
    "say the same of every record of a source in %s, and write the same row",
    async (encoding) => {
      const scenes = await Promise.all(formats.map((format) => scene({ encoding, package: format })));
      let straight = 0;
      let all = 0;
      fc.assert(
        fc.property(
          fc.array(record, { maxLength: 12 }),
          fc.nat({ max: 3 }),
          fc.boolean(),
          fc.nat({ max: 12 }),
          (rows, which, references, inFirst) => {
            const at = scenes[which] as Scene;
            // Numbers and lines go on from file to file.
            const files = [rows.slice(0, inFirst), rows.slice(inFirst)];
            const bytes = files.map((part) => encoded(csv(part), encoding));
            const taken = judged(at, bytes, { straight: true, references, encoding });
            const ordinary = judged(at, bytes, { straight: false, references, encoding });
            expect(taken.found).toEqual(ordinary.found);
            straight += taken.rows;
            all += rows.length;
          },
        ),
        { numRuns: 150 },
      );
      // It would be easy to be equal by never taking the straight path.
      expect(straight).toBeGreaterThan(all / 10);
      expect(all).toBeGreaterThan(straight);
    },
  );

  it("take ordinary records straight: with quotes, line breaks, umlauts, dates, numbers and steps of every kind", async () => {
    const at = await scene({ encoding: "utf-8" });
    const row = (number: number, name: string): string[] => [
      "100",
      String(number),
      name,
      "10",
      "usd",
      "No",
      "-12.50",
      "1.234,5",
      "2024-01-31",
      "20240131",
      "31.01.2024",
      "14",
      "7",
      "",
    ];
    const rows = ["Contoso", 'the "best", Inc.', "two\nlines", "Müller & Söhne", "😀", ""].map(
      (name, index) => row(index + 1, name),
    );
    const taken = judged(at, [encoded(csv(rows), "utf-8")], {
      straight: true,
      references: true,
      encoding: "utf-8",
    });
    expect(taken.rows).toBe(rows.length);
  });

  it("number records and lines from file to file, also where one before the last of a file is refused", async () => {
    const at = await scene({ encoding: "utf-8" });
    const row = (account: string): string[] => good.with(1, account);
    const parts = [["1", "1", "2", "3"].map(row), ["4", "3"].map(row)];
    const files = parts.map((part) => encoded(csv(part), "utf-8"));
    const how = { references: false, encoding: "utf-8" } as const;
    const taken = judged(at, files, { ...how, straight: true });
    expect(taken.found).toEqual(judged(at, files, { ...how, straight: false }).found);
    expect(taken.rows).toBe(4);
    const told = JSON.stringify(taken.found);
    expect(told).toContain("The record on line 5 of vendors 0.csv has the same key, 0003.");
  });
});
