import { legalEntities, type Company } from "./company.ts";
import type { CustomerBase } from "./customers.ts";
import { compactDate, isoDate } from "./dates.ts";
import { DelimitedExtract, strayLatin1 } from "./delimited-extract.ts";
import type { EndStage, FateBook } from "./fate.ts";
import {
  badDate,
  businessRule,
  consequence,
  duplicate,
  leftOut,
  longerThanEnvironment,
  missing,
  strayByte,
  tooLong,
  undoubledQuotes,
  unknownCompany,
  unknownReference,
  unquotedDelimiter,
} from "./flaws.ts";
import type { Random } from "./random.ts";
import { spoilAndWrite, type DraftedRow, type Flaw, type ScatteredFlaw } from "./spoil.ts";

const file = "samples/sales-order-headers.csv";
const ordersPerCompany = 1250;

export const warehouses: Readonly<Record<Company, readonly string[]>> = {
  "100": ["101", "102", "124"],
  "200": ["201", "202"],
};

/** A sales order as the lines need to know it. */
export interface Order {
  readonly company: Company;
  readonly number: string;
  readonly warehouse: string;
  /** `yyyyMMdd` */
  readonly shipDate: string;
  /** What becomes of its header. */
  readonly header: "loaded" | "cancelled" | "rejected" | "duplicate";
}

export interface OrderBase {
  readonly orders: readonly Order[];
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Writes sales-order-headers.csv: the web shop's way, pipes, UTF-8 without byte order mark, compact dates. */
export function makeSalesOrderHeaders(random: Random, book: FateBook, customers: CustomerBase): OrderBase {
  const extract = new DelimitedExtract({
    columns: [
      ...[
        "ORDER_NO",
        "COMPANY",
        "SOLD_TO",
        "BILL_TO",
        "ORDER_DATE",
        "REQ_SHIP_DATE",
        "CURRENCY",
        "PAY_TERMS",
      ],
      ...["WAREHOUSE", "CUST_REF", "ORDER_NAME", "STATUS", "CHANNEL", "CREATED_BY", "REMARK"],
    ],
    delimiter: "|",
    lineEnd: "\n",
    encoding: "utf-8",
    quotes: true,
  });
  const drafted = Array.from({ length: ordersPerCompany * 2 }, (_, index) =>
    draftOrder(random, index, customers),
  );
  const flawOf = new Map<DraftedRow, Flaw>();
  spoilAndWrite({
    entity: "Sales order headers V2",
    file,
    rows: drafted,
    flaws,
    random,
    book,
    keyOf: (row) => row["ORDER_NO"] ?? "",
    write: (row, mangle) => extract.add(row, mangle),
    onFlaw: (order, flaw) => flawOf.set(order, flaw),
  });
  const orders = drafted.map((order): Order => {
    const { company, row } = order;
    return {
      company,
      number: row["ORDER_NO"] ?? "",
      warehouse: row["WAREHOUSE"] ?? "",
      shipDate: row["REQ_SHIP_DATE"] ?? "",
      header: headerFate(
        flawOf.get(order),
        book.isLoaded("Sales order headers V2", legalEntities[company], row["ORDER_NO"] ?? ""),
      ),
    };
  });
  return { orders, files: new Map([[file, extract.toBytes()]]) };
}

function headerFate(flaw: Flaw | undefined, loaded: boolean): Order["header"] {
  if (flaw?.stage === "filtered") return "cancelled";
  if (flaw?.kind === "duplicate key") return "duplicate";
  return loaded ? "loaded" : "rejected";
}

/** Both companies count their orders from the same number. The last orders of each go to rejected customers. */
function draftOrder(random: Random, index: number, customers: CustomerBase): DraftedRow {
  const company: Company = index % 2 === 0 ? "100" : "200";
  const count = Math.floor(index / 2);
  const stage = rejectedStages[ordersPerCompany - 1 - count];
  const rejectedCustomer = stage === undefined ? undefined : customers.rejected[company].get(stage);
  const customer = rejectedCustomer ?? random.pick(customers.loaded[company]);
  const account = customer["id"] ?? "";
  const month = 1 + Math.floor((count * 12) / ordersPerCompany);
  const day = random.integer(1, 20);
  const row = {
    ORDER_NO: `SO-${100_001 + count}`,
    COMPANY: company,
    SOLD_TO: account,
    BILL_TO: random.chance(0.1) ? account : "",
    ORDER_DATE: `${isoDate({ year: 2025, month, day })}T${random.integer(10, 19)}:${random.integer(10, 59)}:00`,
    REQ_SHIP_DATE: compactDate({ year: 2025, month, day: day + 7 }),
    CURRENCY: customer["currency"] ?? "",
    PAY_TERMS: random.pick(["Net30", "Net30", "Net14", "Net60", ""]),
    WAREHOUSE: random.pick(warehouses[company]),
    CUST_REF: random.chance(0.7) ? `B-${random.digits(6)}` : "",
    ORDER_NAME: random.chance(0.3)
      ? random.pick(["Nachbestellung", "Frühjahrsaktion", "Abruf | Rahmen"])
      : "",
    STATUS: random.pick(["OPEN", "OPEN", "CONFIRMED"]),
    CHANNEL: random.pick(["WEB", "EDI", "PHONE"]),
    CREATED_BY: random.pick(["shop", "edi", "mkrüger"]),
    REMARK: random.chance(0.04) ? 'Bitte "frei Haus";\nohne Umverpackung' : "",
  };
  return rejectedCustomer === undefined
    ? { company, row }
    : { company, row, end: consequence("ORDERINGCUSTOMERACCOUNTNUMBER") };
}

/** One order for a customer that is rejected at each of these. */
const rejectedStages: readonly EndStage[] = ["source", "mapping", "validation", "staging", "target"];

const flaws: readonly ScatteredFlaw[] = [
  { times: 50, ...leftOut("STATUS", "CANCELLED") },
  { times: 2, ...unquotedDelimiter("ORDER_NAME", "Abruf | Rahmenvertrag 17") },
  { times: 2, ...undoubledQuotes("ORDER_NAME", 'Aktion "Sommer" | 2025') },
  { times: 2, ...strayByte("ORDER_NAME", `Fr${strayLatin1}hjahrsaktion`) },
  { times: 2, ...badDate("REQ_SHIP_DATE", "REQUESTEDSHIPPINGDATE", "20250231") },
  { times: 2, ...unknownCompany("COMPANY", "500") },
  { times: 1, ...unknownCompany("COMPANY", "") },
  { times: 2, ...missing("SOLD_TO", "ORDERINGCUSTOMERACCOUNTNUMBER") },
  { times: 2, ...missing("REQ_SHIP_DATE", "REQUESTEDSHIPPINGDATE") },
  { times: 2, ...tooLong("CURRENCY", "CURRENCYCODE", "EURO") },
  {
    times: 2,
    ...duplicate((row, earlier) => {
      row["ORDER_NO"] = (earlier["ORDER_NO"] ?? "").toLowerCase();
    }),
  },
  {
    times: 2,
    ...longerThanEnvironment("CUST_REF", "CUSTOMERREQUISITIONNUMBER", "Bestellung Nr. 4711 vom 3. März 2025"),
  },
  { times: 2, ...unknownReference("SOLD_TO", "ORDERINGCUSTOMERACCOUNTNUMBER", "C999999") },
  { times: 2, ...unknownReference("PAY_TERMS", "PAYMENTTERMSNAME", "Net75") },
  { times: 2, ...unknownReference("WAREHOUSE", "DEFAULTSHIPPINGWAREHOUSEID", "998") },
  {
    times: 2,
    ...businessRule("REQ_SHIP_DATE", "REQUESTEDSHIPPINGDATE", "20190115"),
    code: "DMFP-FNO-POSTING",
  },
];
