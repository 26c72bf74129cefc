/** What keeps the records of an entity together, and how many of them F&O takes well. */
export interface DocumentRule {
  /** Fields whose values are the same in all records of one document, upper case. */
  readonly fields: readonly string[];
  /** Microsoft's advice on how many records a document should have at most; absent where there is none. */
  readonly advisedRecords?: number;
  /** A smaller group inside the document with an advice of its own. */
  readonly group?: { readonly fields: readonly string[]; readonly advisedRecords: number };
}

/**
 * Entities whose records are lines of documents, by AOT name. Half a document in one package and half in another
 * means that one half is loaded when the other fails, and for the general journal that F&O makes two batches of one:
 * the batch number in the file is a placeholder, replaced in each import.
 *
 * That lines belong to their document by its number follows from the entities' keys and relations. The numbers for the
 * general journal are Microsoft's: about 10,000 lines a batch, 10 lines a voucher (documentation of best practices for
 * importing vouchers with the general journal entity).
 */
const rules: Readonly<Record<string, DocumentRule>> = {
  LedgerJournalEntity: {
    fields: ["JOURNALBATCHNUMBER"],
    advisedRecords: 10_000,
    group: { fields: ["JOURNALBATCHNUMBER", "VOUCHER", "TRANSDATE"], advisedRecords: 10 },
  },
  LedgerJournalLineEntity: { fields: ["JOURNALBATCHNUMBER"] },
  SalesOrderLineV2Entity: { fields: ["SALESORDERNUMBER"] },
  PurchPurchaseOrderLineV2Entity: { fields: ["PURCHASEORDERNUMBER"] },
  VendorInvoiceLineEntity: { fields: ["HEADERREFERENCE"] },
};

/** The rule for an entity, where its records are lines of documents. */
export function documentRule(aotName: string): DocumentRule | undefined {
  return rules[aotName];
}
