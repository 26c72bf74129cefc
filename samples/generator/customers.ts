import { inventBusiness } from "./business.ts";
import { companies, legalEntities, type Company } from "./company.ts";
import { customerGroups, lostGroups } from "./customer-groups.ts";
import { isoDate } from "./dates.ts";
import type { EndStage, FateBook } from "./fate.ts";
import {
  badDate,
  badNumber,
  consequence,
  duplicate,
  leftOut,
  longerThanEnvironment,
  missing,
  noNumber,
  tooLong,
  unknownCompany,
  unknownEnum,
  unknownLookup,
  unknownReference,
  wantedByTheEnvironment,
} from "./flaws.ts";
import type { Random } from "./random.ts";
import { spoilAndWrite, type DraftedRow, type Flaw, type Row, type ScatteredFlaw } from "./spoil.ts";
import { element, escapeXml, XmlExtract } from "./xml-extract.ts";

const file = "samples/customers.xml";
const customersPerCompany = 2000;

/** What the sales orders need to know of the customers. */
export interface CustomerBase {
  /** Accounts that are loaded, with their currency. */
  readonly loaded: Readonly<Record<Company, readonly Row[]>>;
  /** The first customer of each company that is rejected at a stage. */
  readonly rejected: Readonly<Record<Company, ReadonlyMap<EndStage, Row>>>;
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Writes customers.xml: UTF-8, one element a customer with nested elements, attributes, CDATA and comments. */
export function makeCustomers(random: Random, book: FateBook): CustomerBase {
  const extract = new XmlExtract();
  extract.add('<?xml version="1.0" encoding="UTF-8"?>');
  extract.add("<!-- CRM 4.2, Kundenexport; Adressen nach ISO 3166 -->");
  extract.add('<crm:Export xmlns:crm="urn:nordwind:crm:export:4" xmlns="urn:nordwind:crm:customers:4">');
  extract.add(
    "<crm:Header><crm:System>CRM-PROD</crm:System><crm:Count>4000</crm:Count></crm:Header>\n<Customers>",
  );
  const rows = Array.from({ length: customersPerCompany }, (_, index) =>
    companies.map((company) => draftCustomer(random, book, company, index)),
  ).flat();
  const rejected = { "100": new Map<EndStage, Row>(), "200": new Map<EndStage, Row>() };
  spoilAndWrite({
    entity: "Customers V3",
    file,
    rows,
    flaws,
    random,
    book,
    keyOf: (row) => row["id"] ?? "",
    write: (row) => {
      if (random.chance(0.01)) extract.add("<!-- geprüft durch Innendienst -->");
      return extract.add(customerElement(row));
    },
    onFlaw: ({ company, row }, flaw) => {
      const keepsItsAccount = flaw.kind !== "duplicate key" && flaw.kind !== "unknown company";
      if (keepsItsAccount && !rejected[company].has(flaw.stage)) rejected[company].set(flaw.stage, row);
    },
  });
  extract.add("</Customers>\n</crm:Export>");
  const loadedOf = (company: Company): Row[] =>
    rows
      .filter((drafted) => drafted.company === company)
      .map(({ row }) => row)
      .filter((row) => book.isLoaded("Customers V3", legalEntities[company], row["id"] ?? ""));
  return {
    loaded: { "100": loadedOf("100"), "200": loadedOf("200") },
    rejected,
    files: new Map([[file, Buffer.from(extract.toText(), "utf8")]]),
  };
}

/** The last two customers of each company belong to the group that never arrives. */
function draftCustomer(random: Random, book: FateBook, company: Company, index: number): DraftedRow {
  const inLostGroup = index >= customersPerCompany - 2;
  const group = inLostGroup ? lostGroups[company] : random.pick(customerGroups)[0];
  const row = customerRow(random, company, `C${100_001 + index}`, group);
  const known = book.isLoaded("Customer groups", legalEntities[company], group);
  return known ? { company, row } : { company, row, end: consequence("CUSTOMERGROUPID") };
}

function customerRow(random: Random, company: Company, id: string, group: string): Row {
  const business = inventBusiness(random, company, false);
  const { country } = business;
  return {
    id,
    company,
    status: "active",
    name: business.name,
    searchName: business.searchName,
    group,
    currency: country.currency,
    terms: random.pick(["30 Tage netto", "30 Tage netto", "14 Tage netto", "60 Tage netto", "Nachnahme"]),
    limit: random.chance(0.6) ? `${random.integer(1, 500) * 100}.${random.pick(["00", "50"])}` : "",
    block: random.chance(0.04) ? random.pick(["Invoice", "All"]) : "No",
    street: business.street,
    postalCode: business.postalCode,
    town: business.town,
    country: country.code,
    phone: random.chance(0.7) ? business.phone : "",
    mobile: random.chance(0.2) ? `${country.dialling} 170 ${random.digits(7)}` : "",
    email: random.chance(0.8) ? business.email : "",
    since: isoDate({
      year: random.integer(1999, 2025),
      month: random.integer(1, 12),
      day: random.integer(1, 28),
    }),
    employees: random.chance(0.5) ? String(random.integer(1, 4000)) : "",
    note: random.chance(0.02) ? "Lieferung nur <vormittags> & nach Anruf" : "",
  };
}

function customerElement(row: Row): string {
  const value = (name: string): string => row[name] ?? "";
  const ampersand = value("name").includes("&");
  const name = ampersand ? `<Name><![CDATA[${value("name")}]]></Name>` : element("Name", value("name"));
  const phones = [
    ...(value("phone") === "" ? [] : [element("Phone", value("phone"), 'kind="office"')]),
    ...(value("mobile") === "" ? [] : [element("Phone", value("mobile"), 'kind="mobile"')]),
  ];
  const address = [
    ` <Address type="invoice" country="${escapeXml(value("country"))}">`,
    `  ${element("Street", value("street"))}`,
    `  ${element("PostalCode", value("postalCode"))}${element("City", value("town"))}`,
    " </Address>",
  ];
  return [
    `<Customer id="${escapeXml(value("id"))}" status="${value("status")}" company="${value("company")}">`,
    ` ${name}${element("SearchName", value("searchName"))}`,
    ` <Group code="${escapeXml(value("group"))}"/>${element("Since", value("since"))}`,
    ...address,
    ...(value("twoAddresses") === "" ? [] : address),
    ` <Finance>${element("Currency", value("currency"))}${element("PaymentTerm", value("terms"))}` +
      `${element("CreditLimit", value("limit"))}${element("Block", value("block"))}</Finance>`,
    ...(phones.length === 0 ? [] : [` ${phones.join("")}`]),
    ` ${element("Email", value("email"))}${element("Employees", value("employees"))}`,
    ...(value("note") === "" ? [] : [` ${element("Note", value("note"))}`]),
    "</Customer>",
  ].join("\n");
}

const twoAddresses: Flaw = {
  stage: "source",
  kind: "repeated element",
  code: "DMFP-ROW-REPEATED",
  change: (row) => {
    row["twoAddresses"] = "yes";
  },
};

const longName =
  "Arbeitsgemeinschaft zur Förderung der grenzüberschreitenden Zusammenarbeit mittelständischer Zulieferbetriebe e.V.";
const longTown = "Krung Thep Maha Nakhon Amon Rattanakosin Mahinthara Ayuthaya (Bangkok)";
const longAddress = `einkauf@${"sehr-lange-abteilung.".repeat(4)}kunde.example`;

const flaws: readonly ScatteredFlaw[] = [
  { times: 60, ...leftOut("status", "deleted") },
  { times: 3, ...twoAddresses },
  { times: 2, ...badDate("since", "CREDMANCUSTOMERSINCE", "2023-02-29") },
  { times: 2, ...badNumber("limit", "CREDITLIMIT", "5 Mio.") },
  { times: 3, ...unknownLookup("terms", "PAYMENTTERMS", "nach Vereinbarung") },
  { times: 2, ...unknownLookup("country", "ADDRESSCOUNTRYREGIONID", "D") },
  { times: 2, ...unknownCompany("company", "999") },
  { times: 2, ...missing("currency", "SALESCURRENCYCODE") },
  { times: 2, ...missing("group", "CUSTOMERGROUPID") },
  { times: 2, ...tooLong("name", "ORGANIZATIONNAME", longName) },
  { times: 1, ...tooLong("postalCode", "ADDRESSZIPCODE", "D-80331 München") },
  { times: 3, ...unknownEnum("block", "ONHOLDSTATUS", "teilweise gesperrt") },
  { times: 2, ...noNumber("employees", "ORGANIZATIONNUMBEROFEMPLOYEES", "ca. 50") },
  {
    times: 3,
    ...duplicate((row, earlier) => {
      row["id"] = (earlier["id"] ?? "").toLowerCase();
    }),
  },
  {
    times: 2,
    ...duplicate((row, earlier) => {
      row["id"] = `${earlier["id"] ?? ""} `;
    }),
  },
  { times: 2, ...longerThanEnvironment("email", "PRIMARYCONTACTEMAIL", longAddress) },
  { times: 2, ...longerThanEnvironment("town", "ADDRESSCITY", longTown) },
  { times: 3, ...unknownReference("group", "CUSTOMERGROUPID", "VIP9") },
  { times: 2, ...unknownReference("currency", "SALESCURRENCYCODE", "XBT") },
  { times: 3, ...wantedByTheEnvironment("name", "ORGANIZATIONNAME") },
];
