import { companies, type Company } from "./company.ts";
import { DelimitedExtract, strayLatin1 } from "./delimited-extract.ts";
import type { FateBook } from "./fate.ts";
import {
  badDate,
  badNumber,
  consequence,
  controlCharacter,
  duplicate,
  leftOut,
  longerThanEnvironment,
  missing,
  noDate,
  noNumber,
  strayByte,
  tooLong,
  unknownMapValue,
  unknownReference,
} from "./flaws.ts";
import { itemsOf, stoppedItems, type Item } from "./items.ts";
import type { Random } from "./random.ts";
import type { Order } from "./sales-order-headers.ts";
import { spoilAndWrite, type DraftedRow, type Flaw, type ScatteredFlaw } from "./spoil.ts";

const file = "samples/sales-order-lines.csv";

/**
 * Writes sales-order-lines.csv: tabs, UTF-8, no quoting at all; the lines follow their orders. Beside it the shop
 * declares how many records it wrote.
 */
export function makeSalesOrderLines(
  random: Random,
  book: FateBook,
  orders: readonly Order[],
): ReadonlyMap<string, Buffer> {
  const extract = new DelimitedExtract({
    columns: [
      ...["ORDER_NO", "COMPANY", "LINE_NO", "ITEM", "DESCRIPTION", "CUST_ITEM", "QTY", "UNIT", "UNIT_PRICE"],
      ...["AMOUNT", "REQ_SHIP_DATE", "CONFIRMED", "WAREHOUSE", "STATE", "TAX_CODE"],
    ],
    delimiter: "\t",
    lineEnd: "\n",
    encoding: "utf-8",
    quotes: false,
  });
  const sellable = Object.fromEntries(
    companies.map((company) => [
      company,
      itemsOf(company).filter(({ number }) => !stoppedItems[company].includes(number)),
    ]),
  ) as Record<Company, Item[]>;
  let records = 0;
  spoilAndWrite({
    entity: "Sales order lines V2",
    file,
    rows: orders.flatMap((order) => linesOf(random, order, sellable[order.company])),
    flaws,
    random,
    book,
    keyOf: (row) => `${row["ORDER_NO"] ?? ""}-${row["LINE_NO"] ?? ""}`,
    write: (row, mangle) => {
      records++;
      return extract.add(row, mangle);
    },
  });
  return new Map([
    [file, extract.toBytes()],
    ["samples/sales-order-lines.declared.csv", Buffer.from(`name,value\nrecords,${records}\n`)],
  ]);
}

function linesOf(random: Random, order: Order, items: readonly Item[]): DraftedRow[] {
  switch (order.header) {
    case "duplicate":
      // The other header of that number has the lines.
      return [];
    case "rejected":
      return draftLines(random, order, items, random.integer(1, 2)).map((line) => ({
        ...line,
        end: consequence("SALESORDERNUMBER"),
      }));
    case "cancelled":
      return draftLines(random, order, items, 1).map((line) => ({ ...line, flaw: leftOut("STATE", "X") }));
    case "loaded":
      return draftLines(random, order, items, random.integer(1, 5));
    default:
      return order.header satisfies never;
  }
}

function draftLines(random: Random, order: Order, items: readonly Item[], count: number): DraftedRow[] {
  return Array.from({ length: count }, (_, index) => {
    const item = random.pick(items);
    const quantity = random.integer(1, 60);
    return {
      company: order.company,
      row: {
        ORDER_NO: order.number,
        COMPANY: order.company,
        LINE_NO: String((index + 1) * 10),
        ITEM: item.number,
        DESCRIPTION: item.description,
        CUST_ITEM: random.chance(0.2) ? `K${random.digits(5)}` : "",
        QTY: `${quantity}.00`,
        UNIT: item.unit,
        UNIT_PRICE: cents(item.priceCents),
        AMOUNT: cents(item.priceCents * quantity),
        REQ_SHIP_DATE: order.shipDate,
        CONFIRMED: random.chance(0.5) ? order.shipDate.replace(/(....)(..)(..)/, "$1-$2-$3") : "",
        WAREHOUSE: order.warehouse,
        STATE: random.pick(["", "", "P"]),
        TAX_CODE: random.pick(["A1", "A7", "0"]),
      },
    };
  });
}

function cents(amount: number): string {
  return `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, "0")}`;
}

const strayTab: Flaw = {
  stage: "source",
  kind: "too many fields",
  code: "DMFP-ROW-COLUMNS",
  change: (row) => {
    row["DESCRIPTION"] = "Ventil\t3-Wege";
  },
};

const flaws: readonly ScatteredFlaw[] = [
  { times: 3, ...strayTab },
  { times: 3, ...strayByte("DESCRIPTION", `D${strayLatin1}se verzinkt`) },
  { times: 2, ...badDate("REQ_SHIP_DATE", "REQUESTEDSHIPPINGDATE", "20251301") },
  { times: 2, ...badNumber("QTY", "ORDEREDSALESQUANTITY", "zwölf") },
  { times: 2, ...badNumber("UNIT_PRICE", "SALESPRICE", "12.50 EUR") },
  { times: 3, ...unknownMapValue("UNIT", "SALESUNITSYMBOL", "DUTZEND") },
  { times: 3, ...missing("ITEM", "ITEMNUMBER") },
  { times: 2, ...tooLong("ITEM", "ITEMNUMBER", "SONDERANFERTIGUNG-2025-0042") },
  { times: 2, ...noNumber("LINE_NO", "LINENUMBER", "1O") },
  { times: 2, ...noDate("CONFIRMED", "CONFIRMEDSHIPPINGDATE", "2025-02-30") },
  { times: 2, ...controlCharacter("DESCRIPTION", "LINEDESCRIPTION", "Lager\u0002 20 mm") },
  {
    times: 4,
    ...duplicate((row, earlier) => {
      row["ORDER_NO"] = (earlier["ORDER_NO"] ?? "").toLowerCase();
      row["LINE_NO"] = earlier["LINE_NO"] ?? "";
    }),
  },
  { times: 3, ...longerThanEnvironment("CUST_ITEM", "EXTERNALITEMNUMBER", "KUNDENARTIKEL 0815-4711 ROT") },
  { times: 4, ...unknownReference("ITEM", "ITEMNUMBER", "A-9999") },
  { times: 2, ...unknownReference("WAREHOUSE", "SHIPPINGWAREHOUSEID", "998") },
  {
    times: 4,
    stage: "target",
    kind: "line without header",
    code: "DMFP-FNO-REFERENCE",
    field: "SALESORDERNUMBER",
    change: (row, site) => {
      row["ORDER_NO"] = `SO-9${site.random.digits(5)}`;
    },
  },
  {
    times: 4,
    stage: "target",
    kind: "business rule",
    code: "DMFP-FNO-RULE",
    field: "ITEMNUMBER",
    change: (row, site) => {
      row["ITEM"] = site.random.pick(stoppedItems[site.company]);
    },
  },
];
