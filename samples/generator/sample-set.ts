import { makeCustomerGroups } from "./customer-groups.ts";
import { makeCustomers } from "./customers.ts";
import { makeExchangeRates } from "./exchange-rates.ts";
import { expectedRun } from "./expected.ts";
import { FateBook } from "./fate.ts";
import { Random } from "./random.ts";
import { makeSalesOrderLines } from "./sales-order-lines.ts";
import { makeSalesOrderHeaders } from "./sales-order-headers.ts";
import { sandboxSetup } from "./sandbox-setup.ts";
import { makeVendorGroups } from "./vendor-groups.ts";
import { makeVendors } from "./vendors.ts";

/**
 * All files of the samples: path relative to the root of the project → bytes. The same bytes every time: each
 * extract has its own seed, so that a change to one does not change the others.
 */
export function sampleSet(): ReadonlyMap<string, Buffer> {
  const book = new FateBook();
  const vendorGroups = makeVendorGroups(new Random(101), book);
  const vendors = makeVendors(new Random(102), book);
  const customerGroups = makeCustomerGroups(new Random(103), book);
  const customers = makeCustomers(new Random(104), book);
  const exchangeRates = makeExchangeRates(new Random(105), book);
  const headers = makeSalesOrderHeaders(new Random(106), book, customers);
  const lines = makeSalesOrderLines(new Random(107), book, headers.orders);
  return new Map([
    ...vendorGroups,
    ...vendors,
    ...customerGroups,
    ...customers.files,
    ...exchangeRates,
    ...headers.files,
    ...lines,
    ["samples/sandbox-setup.json", asJson(sandboxSetup())],
    ["samples/expected.json", asJson(expectedRun(book.fates))],
  ]);
}

/** Laid out as Prettier does it. */
function asJson(content: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
}
