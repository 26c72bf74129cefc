import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

const mapping = `entity: Vendors V2
source: { file: vendors.csv, delimiter: ";", encoding: utf-8 }
legalEntity: COMPANY | map("100" -> USMF, "200" -> DEMF)
package: { generated: [VENDORACCOUNTNUMBER] }
fields:
  VENDORPARTYTYPE: constant("Organization")
  VENDORORGANIZATIONNAME: NAME | trim
  VENDORSEARCHNAME: SEARCH | trim
  VENDORGROUPID: VGROUP | trim
  CURRENCYCODE: CURRENCY | trim | upper | default("EUR")
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
const header =
  "COMPANY;NAME;SEARCH;VGROUP;CURRENCY;CREDIT;LANGUAGE;STREET;ZIP;CITY;COUNTRY;CREATED;PHONE;EMAIL;NOTE\n";
const blockBytes = 1024 * 1024;

export interface FlatProject {
  /** Of the source, about. */
  readonly megabytes: number;
  /** One vendor in so many has a credit limit that is no number. */
  readonly rejectOneIn: number;
}

export interface FlatCounts {
  readonly sourceBytes: number;
  readonly records: number;
  readonly rejected: number;
}

/**
 * Writes a project with one large source of vendors whose accounts F&O makes: there are no keys to remember, so that
 * nothing that is kept may grow with the file. The rows are the same ones over and over, a mebibyte of them.
 */
export async function writeFlatProject(
  folder: string,
  { megabytes, rejectOneIn }: FlatProject,
): Promise<FlatCounts> {
  await mkdir(path.join(folder, "mappings"), { recursive: true });
  await writeFile(path.join(folder, "mappings", "vendors.yaml"), mapping);
  await writeFile(
    path.join(folder, "mappings", "project.yaml"),
    "project: flat\nentities: [vendors.yaml]\nenvironments: { sandbox: { kind: sandbox } }\n" +
      "defaults: { environment: sandbox }\n",
  );
  const stream = createWriteStream(path.join(folder, "vendors.csv"));
  stream.write(header);
  const { block, records, rejected } = vendorBlock(rejectOneIn);
  const times = Math.ceil((megabytes * 1e6) / block.length);
  for (let time = 0; time < times; time++) if (!stream.write(block)) await once(stream, "drain");
  stream.end();
  await once(stream, "close");
  return {
    sourceBytes: header.length + block.length * times,
    records: records * times,
    rejected: rejected * times,
  };
}

function vendorBlock(rejectOneIn: number): { block: Buffer; records: number; rejected: number } {
  let text = "";
  let records = 0;
  let rejected = 0;
  while (text.length < blockBytes) {
    const isBad = ++records % rejectOneIn === 0;
    if (isBad) rejected++;
    text += row(records, isBad);
  }
  return { block: Buffer.from(text), records, rejected };
}

function row(number: number, isBad: boolean): string {
  const name = number % 7 === 0 ? `"Müller, ""Söhne"" ${number};\nzweite Zeile"` : `Vendor ${number} Ltd.`;
  return `${[
    number % 2 === 0 ? "100" : "200",
    name,
    `VENDOR ${number}`,
    `G${number % 50}`,
    "eur",
    isBad ? "unknown" : `${(number * 7919) % 100_000},5`,
    number % 3 === 0 ? "D" : "E",
    `${number % 997} Long Street`,
    String(10_000 + (number % 80_000)),
    `City ${number % 499}`,
    "DEU",
    `${String((number % 28) + 1).padStart(2, "0")}.03.2019`,
    `+49 30 ${number}`,
    `Vendor${number}@Example.com`,
    number % 5 === 0 ? "pays within thirty days; see the contract of last year" : "",
  ]
    .map((value, index) => (index === 14 && value !== "" ? `"${value}"` : value))
    .join(";")}\n`;
}
