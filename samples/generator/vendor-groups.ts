import { companies, type Company } from "./company.ts";
import { DelimitedExtract } from "./delimited-extract.ts";
import type { FateBook } from "./fate.ts";
import {
  duplicate,
  longerThanEnvironment,
  undoubledQuotes,
  unknownCompany,
  unknownLookup,
  unquotedDelimiter,
} from "./flaws.ts";
import type { Random } from "./random.ts";
import { spoilAndWrite, type DraftedRow, type Flaw } from "./spoil.ts";

/** Account groups of the ERP: code, text, terms of payment. mappings/lookups/vendor-groups.csv says what they become. */
export const vendorGroups: readonly (readonly [string, string, string])[] = [
  ["0001", "Kreditoren allgemein", "NT30"],
  ["LIEF", "Warenlieferanten Inland", "NT30"],
  ["DIEN", "Dienstleister Inland", "NT14"],
  ["EUWA", "Warenlieferanten übrige EU", "NT30"],
  ["EUDL", "Dienstleister übrige EU", "NT30"],
  ["DRIT", "Lieferanten Drittländer", "NT60"],
  ["SPED", "Spediteure; Frachtführer", "NT14"],
  ["BEHO", "Behörden, Zölle, Gebühren", "NT10"],
  ["MITA", "Mitarbeiter (Reisekosten)", "BAR"],
  ["BANK", "Banken", "BAR"],
  ["VERS", "Versicherungen", "NT30"],
  ["CPDL", "Einmallieferanten (CpD)", "COD"],
  ["INTC", "Verbundene Unternehmen", "NT60"],
  ["WERB", "Agenturen & Werbung", "NT30"],
];

/** One group in each company that F&O will refuse, and so the vendors of that group. */
export const refusedGroups: Readonly<Record<Company, string>> = { "100": "ENER", "200": "VERM" };

const file = "samples/vendor-groups.csv";

/** Writes vendor-groups.csv: SAP's way, with semicolons, Windows-1252 and CRLF. */
export function makeVendorGroups(random: Random, book: FateBook): ReadonlyMap<string, Buffer> {
  const extract = new DelimitedExtract({
    columns: ["MANDT", "BUKRS", "KTOKK", "TXT30", "ZTERM", "NUMKR", "ERDAT"],
    delimiter: ";",
    lineEnd: "\r\n",
    encoding: "windows-1252",
    quotes: true,
  });
  const clean = companies.flatMap((company) =>
    vendorGroups.map(([code, text, terms]) => draft(company, code, text, terms)),
  );
  const bad = badGroups.map(({ company, code, flaw }) => ({
    ...draft(company, code, "Sonstige Lieferanten", "NT30"),
    flaw,
  }));
  spoilAndWrite({
    entity: "Vendor groups",
    file,
    rows: [...clean, ...bad],
    flaws: [],
    random,
    book,
    keyOf: (row) => row["KTOKK"] ?? "",
    write: (row, mangle) => extract.add(row, mangle),
  });
  return new Map([[file, extract.toBytes()]]);
}

function draft(company: Company, code: string, text: string, terms: string): DraftedRow {
  return {
    company,
    row: {
      MANDT: "800",
      BUKRS: company,
      KTOKK: code,
      TXT30: text,
      ZTERM: terms,
      NUMKR: "02",
      ERDAT: "01.01.2009",
    },
  };
}

const badGroups: readonly { readonly company: Company; readonly code: string; readonly flaw: Flaw }[] = [
  { company: "100", code: "ALTD", flaw: unquotedDelimiter("TXT30", "Altdaten; nicht mehr verwenden") },
  { company: "200", code: "GAST", flaw: undoubledQuotes("TXT30", 'Bewirtung "Gasthof Löwen"') },
  { company: "100", code: "XYZ9", flaw: unknownLookup("KTOKK", "VENDORGROUPID", "XYZ9") },
  { company: "200", code: "LIEF", flaw: unknownCompany("BUKRS", "300") },
  {
    company: "100",
    code: "SPED",
    flaw: duplicate((row) => {
      row["KTOKK"] = "SPED  ";
    }),
  },
  {
    company: "200",
    code: "DRIT",
    flaw: duplicate((row) => {
      row["KTOKK"] = " DRIT";
    }),
  },
  {
    company: "100",
    code: refusedGroups["100"],
    flaw: longerThanEnvironment(
      "TXT30",
      "DESCRIPTION",
      "Energieversorger (Strom, Gas, Fernwärme) einschließlich Netzentgelte und Abgaben",
    ),
  },
  {
    company: "200",
    code: refusedGroups["200"],
    flaw: {
      stage: "target",
      kind: "reference the environment does not know",
      code: "DMFP-FNO-REFERENCE",
      field: "DEFAULTPAYMENTTERMNAME",
      change: (row) => {
        row["ZTERM"] = "NT75";
      },
    },
  },
];
