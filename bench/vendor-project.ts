import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

const vendorMapping = `entity: Vendors V2
source: { file: vendors.csv, delimiter: ";", encoding: utf-8 }
legalEntity: COMPANY | map("100" -> USMF, "200" -> DEMF)
where: DELETED is empty
fields:
  VENDORACCOUNTNUMBER: ACCOUNT | trim | padStart(10, "0")
  VENDORPARTYTYPE: constant("Organization")
  VENDORORGANIZATIONNAME: NAME | trim
  VENDORSEARCHNAME: SEARCH | trim
  VENDORGROUPID: VGROUP | trim
  CURRENCYCODE: CURRENCY | trim | upper | default("EUR")
  DEFAULTPAYMENTTERMSNAME: TERMS
  ONHOLDSTATUS: BLOCKED | default("-") | map("-" -> No, "X" -> All)
  CREDITLIMIT: CREDIT | decimal(",", 2)
  LANGUAGEID: LANGUAGE | map("D" -> "de", "E" -> "en-us")
  ADDRESSDESCRIPTION: constant("Business")
  ADDRESSSTREET: STREET | trim
  ADDRESSZIPCODE: ZIP | trim
  ADDRESSCITY: CITY | trim
  ADDRESSCOUNTRYREGIONID: COUNTRY
  ADDRESSVALIDFROM: CREATED | date("dd.MM.yyyy")
  PRIMARYPHONENUMBER: PHONE
  PRIMARYEMAILADDRESS: EMAIL | lower
  NOTES: NOTE
`;

const groupMapping = `entity: Vendor groups
source: { file: groups.csv, delimiter: ";", encoding: utf-8 }
legalEntity: COMPANY | map("100" -> USMF, "200" -> DEMF)
fields:
  VENDORGROUPID: VGROUP
  DESCRIPTION: TEXT
`;

const vendorHeader =
  "COMPANY;ACCOUNT;NAME;SEARCH;VGROUP;CURRENCY;TERMS;BLOCKED;DELETED;CREDIT;LANGUAGE;STREET;ZIP;CITY;COUNTRY;CREATED;PHONE;EMAIL;NOTE\n";

const groups = 50;

/**
 * Writes a project with vendors of two companies and their groups. One vendor in a hundred belongs to a group that
 * there is not, one in two hundred has the account of another: both are found by `check`, the second by `build` too.
 */
export async function writeVendorProject(folder: string, vendors: number): Promise<void> {
  await mkdir(path.join(folder, "mappings"), { recursive: true });
  await writeFile(path.join(folder, "mappings", "vendors.yaml"), vendorMapping);
  await writeFile(path.join(folder, "mappings", "groups.yaml"), groupMapping);
  await writeFile(
    path.join(folder, "mappings", "project.yaml"),
    "project: bench\nentities: [vendors.yaml, groups.yaml]\nenvironments: { sandbox: { kind: sandbox } }\n" +
      "defaults: { environment: sandbox }\n",
  );
  await writeFile(path.join(folder, "groups.csv"), groupRows());
  await writeSnapshot(folder, "Vendor groups", ["USMF", "OLD"]);
  await writeRows(path.join(folder, "vendors.csv"), vendorHeader, vendors, vendorRow);
}

/** Writes a text file of so many lines, each made from its number (1-based). */
export async function writeRows(
  file: string,
  header: string,
  count: number,
  row: (number: number) => string,
): Promise<void> {
  const stream = createWriteStream(file);
  let chunk = header;
  for (let number = 1; number <= count; number++) {
    chunk += row(number);
    if (chunk.length < 1024 * 1024 && number < count) continue;
    if (!stream.write(chunk)) await once(stream, "drain");
    chunk = "";
  }
  stream.end();
  await once(stream, "close");
}

/** A snapshot of the sandbox that has a single record of an entity. */
async function writeSnapshot(folder: string, entity: string, record: readonly string[]): Promise<void> {
  const file = path.join(
    folder,
    ".dmfpipe",
    "snapshots",
    "sandbox",
    `${entity.toLowerCase().replace(" ", "-")}.ndjson`,
  );
  await mkdir(path.dirname(file), { recursive: true });
  const head = { entity, environment: "sandbox", takenAt: "2026-01-31T10:20:30.000Z" };
  await writeFile(file, `${JSON.stringify(head)}\n${JSON.stringify(record)}\n`);
}

function groupRows(): string {
  const rows = Array.from({ length: groups }, (_, index) => `G${index};Group ${index}\n`);
  return `COMPANY;VGROUP;TEXT\n${["100", "200"].flatMap((company) => rows.map((row) => `${company};${row}`)).join("")}`;
}

function vendorRow(number: number): string {
  const account = number % 200 === 0 ? number - 2 : number;
  const group = number % 100 === 0 ? "NONE" : `G${number % groups}`;
  const name = `Müller & Söhne ${number} Handelsgesellschaft`;
  return (
    `${number % 2 === 0 ? 100 : 200};${account};${name};MUELLER ${number};${group};${number % 3 === 0 ? "eur" : "USD"};` +
    `NT30;${number % 50 === 0 ? "X" : ""};;${number % 9}.${String(number % 1000).padStart(3, "0")},50-;` +
    `${number % 2 === 0 ? "D" : "E"};Hauptstraße ${number % 300};${10_000 + (number % 89_999)};Frankfurt am Main;DEU;` +
    `${String((number % 28) + 1).padStart(2, "0")}.0${(number % 9) + 1}.20${String((number % 24) + 1).padStart(2, "0")};` +
    `+49 69 ${number};Einkauf.${number}@example.com;"Taken over from the old system; see file ${number}"\n`
  );
}
