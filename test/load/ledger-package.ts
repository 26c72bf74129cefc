import type { LedgerPackage, LedgerPart } from "../../src/load/ledger/ledger-rows.ts";

/** A package of one entity as the ledger has it. */
export function ledgerPackage(
  key: string,
  changes: Partial<Omit<LedgerPackage, "parts">> & { readonly part?: Partial<LedgerPart> } = {},
): LedgerPackage {
  const { part, ...whole } = changes;
  return {
    key,
    position: 1,
    legalEntity: "USMF",
    dataProject: key,
    file: `packages/${key}.zip`,
    sha256: "00",
    sizeBytes: 1,
    executionId: key,
    state: "built",
    environmentStatus: null,
    message: null,
    unattributed: 0,
    parts: [
      {
        entity: "Vendors V2",
        dataFile: "Vendors V2.csv",
        records: 100,
        staged: 0,
        created: 0,
        updated: 0,
        rejectedStaging: 0,
        rejectedTarget: 0,
        unprocessed: 0,
        ...part,
      },
    ],
    ...whole,
  };
}
