import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { writeRows } from "./vendor-project.ts";

const columns =
  "COMPANY,ACCOUNT,NAME,SEARCH,VGROUP,CURRENCY,TERMS,BLOCKED,DELETED,CREDIT,LANGUAGE,ADDRNAME,STREET,STREETNO,ZIP,CITY," +
  "STATE,COUNTRY,CREATED,PHONE,FAX,EMAIL,URL,NOTE,PAYMODE,DLVMODE,DLVTERM,TAXGROUP,DISC,VATNO";

const mapping = `entity: Vendors V2
source: { file: ../vendors.csv, delimiter: ",", encoding: utf-8 }
legalEntity: COMPANY | map("100" -> USMF, "200" -> DEMF)
where: DELETED is empty
fields:
  VENDORACCOUNTNUMBER: ACCOUNT | trim | padStart(10, "0")
  VENDORPARTYTYPE: constant("Organization")
  VENDORORGANIZATIONNAME: NAME
  VENDORSEARCHNAME: SEARCH
  VENDORGROUPID: VGROUP
  CURRENCYCODE: CURRENCY | upper | default("EUR")
  DEFAULTPAYMENTTERMSNAME: TERMS
  ONHOLDSTATUS: BLOCKED | default("-") | map("-" -> No, "X" -> All)
  CREDITLIMIT: CREDIT | decimal(",", 2)
  LANGUAGEID: LANGUAGE | map("D" -> "de", "E" -> "en-us")
  ADDRESSDESCRIPTION: ADDRNAME
  ADDRESSSTREET: STREET
  ADDRESSSTREETNUMBER: STREETNO
  ADDRESSZIPCODE: ZIP
  ADDRESSCITY: CITY
  ADDRESSSTATEID: STATE
  ADDRESSCOUNTRYREGIONID: COUNTRY
  ADDRESSVALIDFROM: CREATED | date("dd.MM.yyyy")
  PRIMARYPHONENUMBER: PHONE
  PRIMARYFAXNUMBER: FAX
  PRIMARYEMAILADDRESS: EMAIL | lower
  PRIMARYURL: URL
  NOTES: NOTE
  DEFAULTVENDORPAYMENTMETHODNAME: PAYMODE
  DEFAULTDELIVERYMODEID: DLVMODE
  DEFAULTDELIVERYTERMSCODE: DLVTERM
  SALESTAXGROUPCODE: TAXGROUP
  LINEDISCOUNTVENDORGROUPCODE: DISC
  TAXEXEMPTNUMBER: VATNO
`;

const words =
  "Tools Services Medical Paper Optical Partner Import Supply Trading Group Holding Logistics Steel Northern Energy Transport Glass Wood".split(
    " ",
  );
const cities = "Leeds Rotterdam Portland Lyon Berlin Köln Århus Wien Porto Gdańsk".split(" ");

/**
 * Writes an extract of vendors of 30 columns, some 315 bytes a row: a tenth of the names is quoted for a comma in it,
 * one note in twenty for a line break and one in thirty for quotes, one row in fifty has letters beyond ASCII. The
 * same number of rows gives the same bytes. Beside it, in `utf16` and `utf8`, stand two projects that load it, which
 * differ in the format of their packages. Returns the path of the extract.
 */
export async function writeVendorExtract(folder: string, vendors: number): Promise<string> {
  for (const [name, settings] of [
    ["utf16", ""],
    ["utf8", "package: { format: CSV-UTF8 }\n"],
  ] as const) {
    const mappings = path.join(folder, name, "mappings");
    await mkdir(mappings, { recursive: true });
    await writeFile(path.join(mappings, "vendors.yaml"), mapping + settings);
    await writeFile(
      path.join(mappings, "project.yaml"),
      "project: bench\nentities: [vendors.yaml]\nsourceRoots: [..]\nenvironments: { sandbox: { kind: sandbox } }\n" +
        "defaults: { environment: sandbox }\n",
    );
  }
  const file = path.join(folder, "vendors.csv");
  const random = numbers(1);
  await writeRows(file, `${columns}\n`, vendors, (number) => vendorRow(number, random));
  return file;
}

function vendorRow(number: number, random: (below: number) => number): string {
  const word = (): string => words[random(words.length)] ?? "";
  const of = (...choices: readonly string[]): string => choices[random(choices.length)] ?? "";
  const letters = random(50) === 0 ? "Müller & Söhne " : "";
  const name = `${letters}${word()} ${word()} ${word()} ${number}`;
  const note = `Taken over from the old system ${10_000 + random(90_000)} ${word()} ${word()}`;
  const remark = random(20) === 0 ? "\nasked twice" : random(30) === 0 ? ' as ""new""' : "";
  const credit = `"${random(9)}.${100 + random(900)},${10 + random(90)}"`;
  const day = `${String(1 + random(28)).padStart(2, "0")}.${String(1 + random(12)).padStart(2, "0")}.20${10 + random(16)}`;
  return [
    of("100", "200"),
    String(number),
    random(10) === 0 ? `"${name}, Inc."` : name,
    `${word()} ${random(1000)}`,
    `G${random(50)}`,
    of("usd", "EUR", "usd", ""),
    of("NT0", "NT15", "NT30", "NT45"),
    random(50) === 0 ? "X" : "",
    random(200) === 0 ? "X" : "",
    credit,
    of("D", "E"),
    "Business",
    `${word()} Street`,
    String(1 + random(200)),
    String(10_000 + random(90_000)),
    random(50) === 0 ? of(...cities) : of("Leeds", "Rotterdam", "Portland", "Lyon", "Berlin"),
    of("WA", "CA", "BY", "", ""),
    of("USA", "DEU", "FRA"),
    day,
    `+49 69 ${1_000_000 + random(9_000_000)}`,
    "",
    `Sales.${number}@${word()}.example.com`,
    `https://www.${word()}${random(1000)}.example.com`,
    remark === "" ? note : `"${note}${remark}"`,
    of("CHECK", "TRANS", ""),
    of("SEA", "AIR"),
    of("FOB", "EXW"),
    `TX${random(10)}`,
    of("", "", "D10"),
    `DE${100_000_000 + random(900_000_000)}\n`,
  ].join(",");
}

/** Numbers that look random and are the same every time (mulberry32, public domain). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor(((t ^ (t >>> 14)) >>> 0) * (below / 2 ** 32));
  };
}
