import { companies, legalEntities } from "./company.ts";
import { itemsOf, stoppedItems } from "./items.ts";
import { warehouses } from "./sales-order-headers.ts";

const unitSymbols: Readonly<Record<string, string>> = { ST: "ea", KG: "kg", M: "m", PAK: "pack" };

/**
 * What stands in the F&O of the samples before anything is loaded: released products, warehouses, the
 * environment's own field sizes, and what only its business logic refuses.
 */
export function sandboxSetup(): unknown {
  return {
    $comment: "Written by samples/generate.ts: what the F&O of the samples holds before they are loaded.",
    referenceData: {
      "Released products V2": Object.fromEntries(
        companies.map((company) => [
          legalEntities[company],
          itemsOf(company).map(({ number, unit }) => ({
            ITEMNUMBER: number,
            SALESUNITSYMBOL: unitSymbols[unit] ?? "ea",
          })),
        ]),
      ),
      Units: { "*": [{ UNITSYMBOL: "pack" }] },
      Warehouses: Object.fromEntries(
        companies.map((company) => [
          legalEntities[company],
          warehouses[company].map((id) => ({ WAREHOUSEID: id, WAREHOUSENAME: `Warehouse ${id}` })),
        ]),
      ),
    },
    // Sizes as F&O's own tables have them; the catalogue of dmfpipe does not know these.
    fieldSizes: {
      "Vendor groups": { DESCRIPTION: 60 },
      "Vendors V2": { ADDRESSCITY: 60, PRIMARYEMAILADDRESS: 80, PRIMARYPHONENUMBER: 20 },
      "Customer groups": { DESCRIPTION: 60 },
      "Customers V3": { ADDRESSCITY: 60, PRIMARYCONTACTEMAIL: 80, PRIMARYCONTACTPHONE: 20 },
      "Sales order headers V2": { CUSTOMERREQUISITIONNUMBER: 20, SALESORDERNAME: 60 },
      "Sales order lines V2": { EXTERNALITEMNUMBER: 20 },
    },
    rules: [
      {
        entity: "Vendors V2",
        when: { TAXEXEMPTNUMBER: { matches: "^DE0" } },
        field: "TAXEXEMPTNUMBER",
        message: "Tax exempt number {TAXEXEMPTNUMBER} does not have the format that is set up for DEU.",
      },
      {
        entity: "Exchange rates",
        when: { RATE: { matches: "^0+([.]0+)?$" } },
        field: "RATE",
        message: "The exchange rate from {FROMCURRENCY} to {TOCURRENCY} must be greater than zero.",
      },
      {
        entity: "Sales order headers V2",
        when: { REQUESTEDSHIPPINGDATE: { matches: "^201" } },
        field: "REQUESTEDSHIPPINGDATE",
        message:
          "The requested ship date of order {SALESORDERNUMBER} lies in a fiscal period that is closed.",
      },
      {
        entity: "Sales order lines V2",
        when: {
          ITEMNUMBER: { matches: `^(${[...stoppedItems["100"], ...stoppedItems["200"]].join("|")})$` },
        },
        field: "ITEMNUMBER",
        message: "Item {ITEMNUMBER} is stopped for sales orders.",
      },
    ],
  };
}
