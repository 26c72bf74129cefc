import { mkdtemp, rm, stat } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { SaxesParser } from "saxes";
import { SourceFile } from "../src/source/source-file.ts";
import { XmlScanner } from "../src/source/xml-scanner.ts";
import { median, recordGoal, spreadOf } from "./goal.ts";
import { writeRows } from "./vendor-project.ts";

/**
 * How fast XML is read: all values of every record, once by our own reader and once by saxes alone, which makes an
 * object of strings of each record and does nothing else; and, afterwards, our reader with saxes behind it, as UTF-16 is
 * read. All several times, the first two in turn; the time is this thread's own processor time, so that neighbours do not
 * count. Goal: our own reader is at least twice as fast as saxes.
 *
 * `node bench/xml-read.ts [--quick] [--megabytes N] [--rounds N]`; a line each goes to standard output. Exit code 1 when
 * the goal is missed.
 */
const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    megabytes: { type: "string" },
    rounds: { type: "string" },
  },
});
const megabytes = Number(given.megabytes ?? (given.quick ? 20 : 100));
const rounds = Number(given.rounds ?? (given.quick ? 3 : 7));
const columns = [
  "Company",
  "Name",
  "SearchName",
  "Group",
  "Currency",
  "Terms",
  "Blocked",
  "Credit",
  "Language",
  "Street",
  "HouseNumber",
  "Zip",
  "City",
  "Region",
  "Country",
  "Created",
  "Phone",
  "Mobile",
  "Fax",
  "Email",
  "Web",
  "TaxNumber",
  "Bank",
  "Iban",
  "Swift",
  "Contact",
  "Buyer",
  "Rating",
  "Note",
];
const paths = ["@id", ...columns.map((name) => (name === "Iban" ? "Payment/Iban" : name))];
const bytesOfVendor = 1070;
const megabyte = 1e6;

interface Reader {
  readonly name: string;
  readonly read: () => Promise<number>;
  readonly speeds: number[];
}

const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-bench-"));
try {
  const file = path.join(folder, "vendors.xml");
  const vendors = Math.round((megabytes * megabyte) / bytesOfVendor);
  await writeRows(file, '<?xml version="1.0" encoding="utf-8"?>\n<Vendors>\n', vendors + 1, (number) =>
    number > vendors ? "</Vendors>\n" : vendor(number),
  );
  const { size } = await stat(file);
  const rivals: readonly Reader[] = [
    { name: "saxes alone", read: () => saxesAlone(file), speeds: [] },
    { name: "dmfpipe", read: () => ours(file, "bytes"), speeds: [] },
  ];
  const other = { name: "dmfpipe, saxes behind it", read: () => ours(file, "saxes"), speeds: [] };
  const readers = [...rivals, other];
  // The other one comes afterwards: it uses some of the same code in another way, which no run ever does.
  for (const inTurn of [rivals, [other]]) {
    for (let round = 0; round <= rounds; round++) {
      for (const { name, read, speeds } of inTurn) {
        const before = process.threadCpuUsage();
        const records = await read();
        const { user, system } = process.threadCpuUsage(before);
        if (records !== vendors) throw new Error(`${name} has read ${records} of ${vendors} vendors.`);
        // The first round is for the compiler.
        if (round > 0) speeds.push(size / (user + system));
      }
    }
  }
  for (const { name, speeds } of readers) {
    const range = `${Math.min(...speeds).toFixed(0)} to ${Math.max(...speeds).toFixed(0)}`;
    process.stdout.write(`${name.padEnd(28)}${median(speeds).toFixed(0).padStart(6)} MB/s   (${range})\n`);
  }
  const [saxes = [], own = []] = readers.map(({ speeds }) => speeds);
  const times = median(own) / median(saxes);
  const what = `${vendors.toLocaleString("en")} records of ${paths.length} values, ${(size / megabyte).toFixed(0)} MB`;
  process.stdout.write(`XML: ${times.toFixed(1)} × saxes (goal: 2.0), ${what}\n`);
  const reached = recordGoal({
    goal: "5 XML source: reading",
    reference: "saxes, one object of strings a record",
    measured: times,
    limit: 2,
    limitIs: "least",
    unit: "×",
    spread: Math.max(spreadOf(saxes), spreadOf(own)),
    note: what,
  });
  if (!reached) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function ours(file: string, reader: "bytes" | "saxes"): Promise<number> {
  const scanner = new XmlScanner({
    file: "vendors.xml",
    encoding: "utf-8",
    startByte: 0,
    record: ["Vendors", "Vendor"],
    paths,
    maxRecordBytes: megabyte,
    reader,
  });
  let records = 0;
  const source = await SourceFile.open(file, "vendors.xml");
  for await (const chunk of source.chunks(0)) records += scanner.feed(chunk).length;
  return records + scanner.end().length;
}

async function saxesAlone(file: string): Promise<number> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let record: Record<string, string> | undefined;
  let text = "";
  let records = 0;
  parser.on("opentag", ({ name, attributes }) => {
    if (name === "Vendor") record = { ...attributes };
    text = "";
  });
  parser.on("text", (piece) => {
    text += piece;
  });
  parser.on("closetag", ({ name }) => {
    if (record === undefined) return;
    if (name === "Vendor") {
      records++;
      record = undefined;
    } else record[name] = text;
  });
  const decoder = new TextDecoder();
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    parser.write(decoder.decode(chunk as Buffer, { stream: true }));
  }
  parser.close();
  return records;
}

/** About a kilobyte, indented; one in fifty is not ASCII, one in twenty has an entity. */
function vendor(number: number): string {
  const values = columns.map((name, index) => {
    if (name === "Name")
      return number % 50 === 0 ? `Müller & Söhne ${number}`.replace("&", "&amp;") : `Vendor ${number} Ltd.`;
    if (name === "Note") return number % 20 === 0 ? "terms &lt; 30 days,\n      see contract" : "";
    if (name === "Street") return `${number % 997} Long Street`;
    if (name === "Email") return `vendor${number}@example.com`;
    return index % 4 === 0
      ? String((number * 7919 * index) % 100_000_007)
      : `${name.slice(0, 3)} ${(number * index) % 97}`;
  });
  const lines = columns.map((name, index) => {
    const value = values[index] ?? "";
    if (name === "Iban") return `    <Payment kind="bank"><Iban>DE${value}</Iban></Payment>\n`;
    return value === "" ? `    <${name}/>\n` : `    <${name}>${value}</${name}>\n`;
  });
  return `  <Vendor id="V${number}">\n${lines.join("")}  </Vendor>\n`;
}
