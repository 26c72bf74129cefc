/** A value that is the same for most records, and goes with other fields. */
export interface CustomaryValue {
  readonly field: string;
  readonly expression: string;
  /** It is proposed where one of these fields is. */
  readonly with: readonly string[];
  readonly reason: string;
}

/**
 * Fields an ERP has no column for, because it knows nothing else. A name that is not split into first and last name
 * is that of an organization; an address of F&O has a name of its own.
 */
export const customaryValues: readonly CustomaryValue[] = [
  {
    field: "VENDORPARTYTYPE",
    expression: 'constant("Organization")',
    with: ["VENDORORGANIZATIONNAME"],
    reason: "no column says it; Organization, or Person",
  },
  {
    field: "PARTYTYPE",
    expression: 'constant("Organization")',
    with: ["ORGANIZATIONNAME", "NAME"],
    reason: "no column says it; Organization, or Person",
  },
  {
    field: "ADDRESSDESCRIPTION",
    expression: 'constant("Business")',
    with: ["ADDRESSSTREET", "ADDRESSCITY", "ADDRESSZIPCODE"],
    reason: "the name of the address, which sources seldom have",
  },
];

/** A field that has the value of another where the source leaves it empty. */
export interface FallbackField {
  readonly field: string;
  readonly from: string;
  readonly reason: string;
}

/** Who is invoiced is the one who ordered, unless an order says otherwise; an item mostly has the product's number. */
export const fallbackFields: readonly FallbackField[] = [
  {
    field: "INVOICECUSTOMERACCOUNTNUMBER",
    from: "ORDERINGCUSTOMERACCOUNTNUMBER",
    reason: "empty means: the customer who ordered",
  },
  {
    field: "INVOICEVENDORACCOUNTNUMBER",
    from: "ORDERVENDORACCOUNTNUMBER",
    reason: "empty means: the vendor who delivers",
  },
  { field: "PRODUCTNUMBER", from: "ITEMNUMBER", reason: "mostly it is the item number" },
];
