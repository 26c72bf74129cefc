import type { Meaning } from "./meaning.ts";

/** What columns about vendors, customers and their addresses mean. */
export const partyMeanings = {
  /** The number or code of the thing itself: the key of an entity that has only one key field. */
  ownKey: { words: "its own number", fields: [] },
  // Parties
  vendorNumber: {
    words: "vendor number",
    fields: [
      "VendorAccountNumber",
      "OrderVendorAccountNumber",
      "VendorAccount",
      "PrimaryVendorAccountNumber",
    ],
  },
  invoiceVendor: {
    words: "vendor who is paid",
    fields: ["InvoiceVendorAccountNumber", "Vendor invoice header:InvoiceAccount"],
  },
  customerNumber: { words: "customer number", fields: ["CustomerAccount", "OrderingCustomerAccountNumber"] },
  invoiceCustomer: {
    words: "customer who is invoiced",
    fields: [
      "InvoiceCustomerAccountNumber",
      "Customers V3:InvoiceAccount",
      "Customer details V2:InvoiceAccount",
    ],
  },
  partyName: {
    words: "name",
    fields: ["VendorOrganizationName", "OrganizationName", "Customer definitions:Name"],
  },
  name: {
    words: "name",
    fields: [
      "VendorOrganizationName",
      "OrganizationName",
      "Customer definitions:Name",
      "ProductName",
      "WarehouseName",
      "Main account:Name",
      "Currencies:Name",
      "SalesOrderName",
      "PurchaseOrderName",
      "Description",
    ],
  },
  nameContinued: { words: "name, continued", fields: [] },
  firstName: { words: "first name", fields: ["PersonFirstName"] },
  lastName: { words: "last name", fields: ["PersonLastName"] },
  title: { words: "form of address", fields: [] },
  searchName: {
    words: "search name",
    fields: ["VendorSearchName", "NameAlias", "ProductSearchName", "SearchName"],
  },
  partyNumber: { words: "number in the address book", fields: ["VendorPartyNumber", "PartyNumber"] },
  partyType: { words: "person or organization", fields: ["VendorPartyType", "PartyType"] },
  vendorGroup: { words: "vendor group", fields: ["VendorGroupId"] },
  customerGroup: { words: "customer group", fields: ["CustomerGroupId"] },
  oneTime: { words: "one-time account", fields: ["IsOneTimeVendor", "IsOneTimeCustomer"] },
  block: { words: "block", fields: ["OnHoldStatus"] },
  paymentBlock: { words: "payment block", fields: ["OnHoldStatus"], certainty: 0.5 },
  ourAccount: { words: "our account with them", fields: ["OurAccountNumber"] },
  customersVendor: { words: "the same party as a vendor", fields: ["Customers V3:VendorAccount"] },
  employees: {
    words: "number of employees",
    fields: ["OrganizationNumberOfEmployees", "OrganizationEmployeeAmount"],
  },
  industry: { words: "line of business", fields: ["LineOfBusinessId"] },
  customerSince: { words: "customer since", fields: ["CredManCustomerSince"] },
  creditLimit: { words: "credit limit", fields: ["CreditLimit"] },
  salesDistrict: { words: "sales district", fields: ["SalesDistrict"] },
  // Addresses
  street: {
    words: "street",
    fields: ["AddressStreet", "PrimaryAddressStreet", "DeliveryAddressStreet"],
  },
  addressContinued: { words: "address, continued", fields: [] },
  houseNumber: {
    words: "house number",
    fields: ["AddressStreetNumber", "PrimaryAddressStreetNumber", "DeliveryAddressStreetNumber"],
  },
  zipCode: {
    words: "postal code",
    fields: ["AddressZipCode", "PrimaryAddressZipCode", "DeliveryAddressZipCode"],
  },
  city: { words: "city", fields: ["AddressCity", "PrimaryAddressCity", "DeliveryAddressCity"] },
  country: {
    words: "country",
    fields: ["AddressCountryRegionId", "PrimaryAddressCountryRegionId", "DeliveryAddressCountryRegionId"],
  },
  isoCountry: {
    words: "country by its ISO code",
    fields: ["AddressCountryRegionISOCode", "AddressCountryRegionId"],
  },
  region: {
    words: "state or region",
    fields: ["AddressStateId", "AddressState", "PrimaryAddressStateId", "DeliveryAddressStateId"],
  },
  stateOrStatus: {
    words: "state of a country, or of the record",
    fields: ["AddressStateId", "AddressState", "PrimaryAddressStateId"],
    certainty: 0.5,
  },
  county: {
    words: "county",
    fields: ["AddressCountyId", "AddressCounty", "PrimaryAddressCountyId", "DeliveryAddressCountyId"],
  },
  district: { words: "district", fields: ["AddressDistrictName", "PrimaryAddressDistrictName"] },
  addressCode: { words: "code of an address in another table", fields: [] },
  postBox: {
    words: "post office box",
    fields: ["AddressPostBox", "AddressPostbox", "PrimaryAddressPostBox"],
  },
  phone: { words: "telephone", fields: ["PrimaryPhoneNumber", "PrimaryContactPhone"] },
  secondPhone: { words: "second telephone", fields: [] },
  fax: { words: "fax", fields: ["PrimaryFaxNumber", "PrimaryContactFax"] },
  telex: { words: "telex", fields: ["PrimaryTelex", "PrimaryContactTelex"] },
  email: { words: "e-mail address", fields: ["PrimaryEmailAddress", "PrimaryContactEmail", "Email"] },
  url: { words: "web address", fields: ["PrimaryURL", "PrimaryContactURL", "URL"] },
  contactPerson: {
    words: "contact person",
    fields: ["PrimaryContactPersonId", "ContactPersonId"],
    certainty: 0.5,
  },
  language: { words: "language", fields: ["LanguageId"] },
} as const satisfies Readonly<Record<string, Meaning>>;
