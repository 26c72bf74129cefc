import { companies, type Company } from "./company.ts";
import type { FateBook } from "./fate.ts";
import { duplicate, tooLong, unknownMapValue, unknownReference } from "./flaws.ts";
import type { Random } from "./random.ts";
import { spoilAndWrite, type DraftedRow, type Flaw, type Row } from "./spoil.ts";
import { element, escapeXml, XmlExtract } from "./xml-extract.ts";

/** Customer groups of the CRM: code, name, terms of payment, whether prices include tax. */
export const customerGroups: readonly (readonly [string, string, string, string])[] = [
  ["WHOLESALE", "Großhandel & Verbände", "Net30", "false"],
  ["RETAIL", "Einzelhandel", "Net14", "true"],
  ["ONLINE", "Web-Shop / E-Commerce", "COD", "true"],
  ["INDUSTRY", "Industrie <direkt>", "Net60", "false"],
  ["PUBLIC", "Öffentliche Auftraggeber", "Net30", "false"],
  ["EXPORT", "Export (außerhalb EU)", "Net30", "false"],
  ["INTERCO", "Verbundene Unternehmen", "Net60", "false"],
  ["STAFF", "Mitarbeiterverkauf", "Cash", "true"],
  ["SERVICE", "Kundendienst", "Net10", "false"],
  ["PROJECT", "Projektgeschäft", "Net30", "false"],
];

/** One group in each company that never arrives, and so the customers of that group. */
export const lostGroups: Readonly<Record<Company, string>> = { "100": "KEYACCT", "200": "PARTNER" };

const file = "samples/customer-groups.xml";

/** Writes customer-groups.xml: UTF-16 with byte order mark, as exports of Windows programs often are. */
export function makeCustomerGroups(random: Random, book: FateBook): ReadonlyMap<string, Buffer> {
  const extract = new XmlExtract();
  extract.add('<?xml version="1.0" encoding="UTF-16"?>');
  extract.add("<!-- Kundengruppen, Export CRM 4.2; je Mandant ein vollständiger Satz -->");
  extract.add('<CustomerGroups xmlns="urn:nordwind:crm:groups:2">');
  const clean = companies.flatMap((company) => customerGroups.map((group) => draft(company, group)));
  const bad = badGroups.map(({ company, group, flaw }) => ({ ...draft(company, group), flaw }));
  spoilAndWrite({
    entity: "Customer groups",
    file,
    rows: [...clean, ...bad],
    flaws: [],
    random,
    book,
    keyOf: (row) => row["code"] ?? "",
    write: (row) => extract.add(groupElement(row)),
  });
  extract.add("</CustomerGroups>");
  return new Map([[file, Buffer.from(`\uFEFF${extract.toText()}`, "utf16le")]]);
}

function groupElement(row: Row): string {
  const value = (name: string): string => row[name] ?? "";
  return [
    `  <CustomerGroup code="${escapeXml(value("code"))}" company="${value("company")}">`,
    ...(value("otherName") === "" ? [] : [`    ${element("Name", value("otherName"))}`]),
    `    ${element("Name", value("name"))}`,
    `    ${element("PaymentTerm", value("terms"))}`,
    `    ${element("PricesIncludeTax", value("tax"))}`,
    `    ${element("SortOrder", value("order"))}`,
    "  </CustomerGroup>",
  ].join("\n");
}

function draft(company: Company, group: readonly [string, string, string, string]): DraftedRow {
  const [code, name, terms, tax] = group;
  return { company, row: { company, code, name, terms, tax, order: "10" } };
}

const repeatedName: Flaw = {
  stage: "source",
  kind: "repeated element",
  code: "DMFP-ROW-REPEATED",
  change: (row) => {
    row["otherName"] = "Key Accounts";
  },
};

const badGroups: readonly {
  readonly company: Company;
  readonly group: readonly [string, string, string, string];
  readonly flaw: Flaw;
}[] = [
  { company: "100", group: [lostGroups["100"], "Großkunden", "Net30", "false"], flaw: repeatedName },
  {
    company: "200",
    group: [lostGroups["200"], "Partnerfirmen", "Net30", "false"],
    flaw: unknownReference("terms", "PAYMENTTERMID", "Net75"),
  },
  {
    company: "200",
    group: ["", "Franchisenehmer", "Net30", "false"],
    flaw: tooLong("code", "CUSTOMERGROUPID", "FRANCHISENEHMER"),
  },
  {
    company: "100",
    group: ["AUCTION", "Auktionen", "COD", ""],
    flaw: unknownMapValue("tax", "ISSALESTAXINCLUDEDINPRICE", "ja"),
  },
  {
    company: "200",
    group: ["", "Grosshandel (alt)", "Net30", "false"],
    flaw: duplicate((row) => {
      row["code"] = "Wholesale ";
    }),
  },
];
