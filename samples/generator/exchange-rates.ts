import { isoDate } from "./dates.ts";
import { DelimitedExtract, strayLatin1 } from "./delimited-extract.ts";
import type { FateBook } from "./fate.ts";
import {
  badDate,
  badNumber,
  businessRule,
  duplicate,
  leftOut,
  missing,
  strayByte,
  tooLong,
  undoubledQuotes,
  unknownMapValue,
  unknownReference,
  unquotedDelimiter,
} from "./flaws.ts";
import type { Random } from "./random.ts";
import { spoilAndWrite, type DraftedRow, type ScatteredFlaw } from "./spoil.ts";

const file = "samples/exchange-rates.csv";
const firstYear = 2021;
const months = 53;

/** Euros for one unit (for a hundred where `units` is 100). */
const currencies: readonly { readonly code: string; readonly rate: number; readonly units: string }[] = [
  { code: "USD", rate: 0.92, units: "1" },
  { code: "GBP", rate: 1.17, units: "1" },
  { code: "CHF", rate: 1.03, units: "1" },
  { code: "PLN", rate: 22.9, units: "100" },
  { code: "CZK", rate: 4.05, units: "100" },
  { code: "DKK", rate: 13.4, units: "100" },
  { code: "SEK", rate: 8.8, units: "100" },
  { code: "NOK", rate: 8.7, units: "100" },
  { code: "CAD", rate: 0.68, units: "1" },
  { code: "AUD", rate: 0.61, units: "1" },
  { code: "JPY", rate: 0.63, units: "100" },
];

/** Writes exchange-rates.csv: the treasury system's way, commas, UTF-8 with byte order mark, ISO dates. */
export function makeExchangeRates(random: Random, book: FateBook): ReadonlyMap<string, Buffer> {
  const extract = new DelimitedExtract({
    columns: [
      ...[
        "RATE_TYPE",
        "FROM_CUR",
        "TO_CUR",
        "VALID_FROM",
        "RATE",
        "UNITS",
        "SOURCE",
        "IMPORTED_AT",
        "REMARK",
      ],
    ],
    delimiter: ",",
    lineEnd: "\n",
    encoding: "utf-8",
    byteOrderMark: true,
    quotes: true,
  });
  spoilAndWrite({
    entity: "Exchange rates",
    file,
    rows: [...monthlyRates(random), ...quarterlyBudget(random)],
    flaws,
    sharedUnder: "USMF",
    random,
    book,
    keyOf: () => "",
    write: (row, mangle) => extract.add(row, mangle),
  });
  return new Map([[file, extract.toBytes()]]);
}

function monthlyRates(random: Random): DraftedRow[] {
  return Array.from({ length: months }, (_, index) =>
    currencies.map((currency) => draftRate(random, "Default", currency, index)),
  ).flat();
}

function quarterlyBudget(random: Random): DraftedRow[] {
  return Array.from({ length: 11 }, (_, quarter) =>
    currencies.map((currency) => draftRate(random, "Budget", currency, quarter * 3)),
  ).flat();
}

function draftRate(
  random: Random,
  type: string,
  currency: { readonly code: string; readonly rate: number; readonly units: string },
  monthIndex: number,
): DraftedRow {
  const validFrom = isoDate({
    year: firstYear + Math.floor(monthIndex / 12),
    month: (monthIndex % 12) + 1,
    day: 1,
  });
  const millionths = Math.round(currency.rate * (950_000 + random.integer(0, 100_000)));
  return {
    // The rates belong to both companies; the flaws only have to be spread over something.
    company: random.pick(["100", "200"]),
    row: {
      RATE_TYPE: type,
      FROM_CUR: currency.code,
      TO_CUR: "EUR",
      VALID_FROM: validFrom,
      RATE: `${Math.floor(millionths / 1_000_000)}.${String(millionths % 1_000_000).padStart(6, "0")}`,
      UNITS: currency.units,
      SOURCE: random.pick(["ECB", "ECB", "ECB", "MANUAL"]),
      IMPORTED_AT: `${validFrom}T06:${String(random.integer(10, 59))}:00Z`,
      REMARK: random.chance(0.06) ? "Fixing, 14:15 CET – München/Zürich" : "",
    },
  };
}

const flaws: readonly ScatteredFlaw[] = [
  { times: 12, ...leftOut("SOURCE", "TEST") },
  { times: 2, ...unquotedDelimiter("REMARK", "corrected, see e-mail of treasury") },
  { times: 2, ...undoubledQuotes("REMARK", 'average of "Tageskurs", rounded') },
  { times: 2, ...strayByte("RATE_TYPE", `Default f${strayLatin1}r Z${strayLatin1}rich`) },
  { times: 2, ...badDate("VALID_FROM", "STARTDATE", "2024-02-30") },
  { times: 2, ...badNumber("RATE", "RATE", "1,0842") },
  { times: 2, ...unknownMapValue("UNITS", "CONVERSIONFACTOR", "7") },
  { times: 2, ...missing("RATE", "RATE") },
  { times: 2, ...tooLong("FROM_CUR", "FROMCURRENCY", "EURO") },
  {
    times: 2,
    ...duplicate((row, earlier) => {
      Object.assign(row, earlier, { FROM_CUR: (earlier["FROM_CUR"] ?? "").toLowerCase(), RATE: "1.000000" });
    }),
  },
  { times: 2, ...unknownReference("FROM_CUR", "FROMCURRENCY", "XBT") },
  { times: 2, ...businessRule("RATE", "RATE", "0.000000") },
];
