import { inventBusiness } from "./business.ts";
import { companies, legalEntities, type Company } from "./company.ts";
import { germanDate } from "./dates.ts";
import { DelimitedExtract } from "./delimited-extract.ts";
import type { FateBook } from "./fate.ts";
import {
  badDate,
  badNumber,
  brokenLine,
  businessRule,
  consequence,
  controlCharacter,
  duplicate,
  leftOut,
  longerThanEnvironment,
  missing,
  tooLong,
  undoubledQuotes,
  unknownCompany,
  unknownLookup,
  unknownMapValue,
  unknownReference,
  unquotedDelimiter,
} from "./flaws.ts";
import type { Random } from "./random.ts";
import { spoilAndWrite, type DraftedRow, type Row, type ScatteredFlaw } from "./spoil.ts";
import { refusedGroups, vendorGroups } from "./vendor-groups.ts";

const file = "samples/vendors.csv";
const vendorsPerCompany = 3000;
const firstNumber = 100_001;

const columns = [
  ...["MANDT", "BUKRS", "LIFNR", "NAME1", "NAME2", "SORTL", "KTOKK", "WAERS", "ZTERM", "STRAS", "PSTLZ"],
  ...["ORT01", "LAND1", "SPRAS", "TELF1", "SMTP_ADDR", "STCEG", "SPERR", "LOEVM", "KLIMK", "ERDAT", "ERNAM"],
  ...["BEMERK"],
];

/** Writes vendors.csv: SAP's way, with semicolons, Windows-1252, CRLF, German numbers and dates. */
export function makeVendors(random: Random, book: FateBook): ReadonlyMap<string, Buffer> {
  const extract = new DelimitedExtract({
    columns,
    delimiter: ";",
    lineEnd: "\r\n",
    encoding: "windows-1252",
    quotes: true,
  });
  const rows = companies.flatMap((company) =>
    Array.from({ length: vendorsPerCompany }, (_, index) => draftVendor(random, book, company, index)),
  );
  spoilAndWrite({
    entity: "Vendors V2",
    file,
    rows,
    flaws,
    random,
    book,
    keyOf: (row) => row["LIFNR"] ?? "",
    write: (row, mangle) => extract.add(row, mangle),
  });
  return new Map([[file, extract.toBytes()]]);
}

/** The last three vendors of each company belong to the group that F&O refuses. */
function draftVendor(random: Random, book: FateBook, company: Company, index: number): DraftedRow {
  const inRefusedGroup = index >= vendorsPerCompany - 3;
  const group = inRefusedGroup ? refusedGroups[company] : random.pick(vendorGroups)[0];
  const row = vendorRow(random, company, firstNumber + index, group);
  const known = book.isLoaded("Vendor groups", legalEntities[company], group);
  return known ? { company, row } : { company, row, end: consequence("VENDORGROUPID") };
}

function vendorRow(random: Random, company: Company, number: number, group: string): Row {
  const business = inventBusiness(random, company, true);
  const { country } = business;
  return {
    MANDT: "800",
    BUKRS: company,
    LIFNR: spellNumber(random, number),
    NAME1: business.name,
    NAME2: random.chance(0.1) ? "z. Hd. Buchhaltung" : "",
    SORTL: business.searchName,
    KTOKK: random.chance(0.05) ? `${group} ` : group,
    WAERS: spellCurrency(random, country.currency),
    ZTERM: random.pick(["NT30", "NT30", "NT30", "NT14", "NT10", "NT60", "COD", ""]),
    STRAS: business.street,
    PSTLZ: business.postalCode,
    // Fixed-length fields of the ERP come with their blanks now and then.
    ORT01: random.chance(0.1) ? business.town.padEnd(25) : business.town,
    LAND1: country.code,
    SPRAS: country.language,
    TELF1: random.chance(0.8) ? business.phone : "",
    SMTP_ADDR: random.chance(0.7) ? business.email : "",
    STCEG: country.code === "DE" ? `DE${random.digits(9)}` : "",
    SPERR: random.pick(["", "", "", "", "", "", "", "", "X", "Z"]),
    LOEVM: "",
    KLIMK: spellAmount(random),
    ERDAT: spellDate(random),
    ERNAM: random.pick(["MIGRATION", "HUBERK", "WEISSP", "BATCH01"]),
    BEMERK: remark(random),
  };
}

/** With and without leading zeros, some with trailing blanks: the mapping has to make one of it. */
function spellNumber(random: Random, number: number): string {
  if (random.chance(0.3)) return String(number).padStart(10, "0");
  return random.chance(0.05) ? `${number}   ` : String(number);
}

function spellCurrency(random: Random, currency: string): string {
  if (currency === "EUR" && random.chance(0.05)) return "";
  return random.chance(0.05) ? currency.toLowerCase() : currency;
}

/** German grouping and decimal comma; a negative number has its sign behind it, as SAP writes it. */
function spellAmount(random: Random): string {
  if (random.chance(0.3)) return "0,00";
  const whole = String(random.integer(1, 9) * 10 ** random.integer(2, 6));
  const grouped = random.chance(0.7) ? whole.replace(/\B(?=(\d{3})+$)/g, ".") : whole;
  const amount = `${grouped},${random.pick(["00", "00", "00", "50", "99"])}`;
  return random.chance(0.02) ? `${amount}-` : amount;
}

/** SAP writes a date that was never filled in as 00.00.0000. */
function spellDate(random: Random): string {
  if (random.chance(0.04)) return random.pick(["", "00.00.0000"]);
  return germanDate({
    year: random.integer(1998, 2025),
    month: random.integer(1, 12),
    day: random.integer(1, 28),
  });
}

function remark(random: Random): string {
  switch (random.integer(0, 60)) {
    case 0:
      return "Lieferung nur nach Avis;\r\nRampe 3, Tor B";
    case 1:
      return 'Rechnungen an "Kreditoren"; nicht an den Einkauf';
    case 2:
      return "Skonto 2 % in 14 Tagen – siehe Rahmenvertrag";
    case 3:
      return "Mindestbestellwert 250 €";
    default:
      return "";
  }
}

const longName =
  "Vereinigte Oberrheinische Präzisionswerkzeug- und Vorrichtungsbaugesellschaft Müller, Schäfer & Nachfolger mbH";
const longTown = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch, Anglesey";
const longAddress = `kreditorenbuchhaltung.${"zentrale-".repeat(6)}rechnungseingang@grosskonzern.example`;

const flaws: readonly ScatteredFlaw[] = [
  { times: 90, ...leftOut("LOEVM", "X") },
  { times: 2, ...unquotedDelimiter("NAME1", "Huber; Söhne & Co. KG") },
  { times: 2, ...brokenLine("NAME2", "\r\n") },
  { times: 3, ...undoubledQuotes("NAME1", 'Gasthof "Zur Post"; Inh. Böhm') },
  { times: 2, ...badDate("ERDAT", "ADDRESSVALIDFROM", "31.02.1990") },
  { times: 2, ...badDate("ERDAT", "ADDRESSVALIDFROM", "2019-05-04") },
  { times: 2, ...badNumber("KLIMK", "CREDITLIMIT", "1.234,5O") },
  { times: 2, ...badNumber("KLIMK", "CREDITLIMIT", "unbegrenzt") },
  { times: 3, ...unknownLookup("KTOKK", "VENDORGROUPID", "ZZZZ") },
  { times: 2, ...unknownLookup("LAND1", "ADDRESSCOUNTRYREGIONID", "XX") },
  { times: 2, ...unknownMapValue("SPERR", "ONHOLDSTATUS", "?") },
  { times: 3, ...unknownCompany("BUKRS", "300") },
  { times: 1, ...unknownCompany("BUKRS", "") },
  { times: 3, ...missing("KTOKK", "VENDORGROUPID") },
  { times: 2, ...missing("LIFNR", "VENDORACCOUNTNUMBER") },
  { times: 2, ...tooLong("NAME1", "VENDORORGANIZATIONNAME", longName) },
  { times: 2, ...tooLong("SORTL", "VENDORSEARCHNAME", "PRÄZISIONSWERKZEUGBAU SÜD") },
  { times: 2, ...controlCharacter("NAME1", "VENDORORGANIZATIONNAME", "Schäfer\u001a Metallbau GmbH") },
  {
    times: 4,
    ...duplicate((row, earlier) => {
      row["LIFNR"] = `${(earlier["LIFNR"] ?? "").trim().replace(/^0+/, "")} `;
    }),
  },
  { times: 2, ...longerThanEnvironment("ORT01", "ADDRESSCITY", longTown) },
  { times: 2, ...longerThanEnvironment("SMTP_ADDR", "PRIMARYEMAILADDRESS", longAddress) },
  { times: 3, ...unknownReference("ZTERM", "DEFAULTPAYMENTTERMSNAME", "NT75") },
  { times: 2, ...unknownReference("WAERS", "CURRENCYCODE", "XBT") },
  { times: 2, ...unknownReference("KTOKK", "VENDORGROUPID", "ALTK") },
  { times: 3, ...businessRule("STCEG", "TAXEXEMPTNUMBER", "DE012345678") },
];
