import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { ZipArchive } from "archiver";
import { parse } from "csv-parse";
import { stringify } from "csv-stringify";

/*
 * What somebody would write who has csv-parse, csv-stringify and archiver: the vendors of vendor-extract.ts with the
 * same values mapped, into one zip. `node csv-zip.ts SOURCE ZIP LEVEL`
 */
type Row = Readonly<Record<string, string>>;
const languages: Row = { D: "de", E: "en-us" };
const [, , source = "", target = "", level = "6"] = process.argv;

const mapped = (row: Row): Row | null =>
  row["DELETED"] === ""
    ? {
        ...row,
        ACCOUNT: (row["ACCOUNT"] ?? "").trim().padStart(10, "0"),
        CURRENCY: (row["CURRENCY"] ?? "").toUpperCase() || "EUR",
        BLOCKED: row["BLOCKED"] === "X" ? "All" : "No",
        CREDIT: (row["CREDIT"] ?? "").replaceAll(".", "").replace(",", "."),
        LANGUAGE: languages[row["LANGUAGE"] ?? ""] ?? "",
        CREATED: (row["CREATED"] ?? "").split(".").reverse().join("-"),
        EMAIL: (row["EMAIL"] ?? "").toLowerCase(),
      }
    : null;

const rows = createReadStream(source).pipe(parse({ columns: true, on_record: mapped }));
const zip = new ZipArchive({ zlib: { level: Number(level) } });
zip.append(rows.pipe(stringify({ header: true, record_delimiter: "windows" })), { name: "Vendors V2.csv" });
void zip.finalize();
await pipeline(zip, createWriteStream(target));
